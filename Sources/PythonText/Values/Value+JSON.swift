import Formats

extension Value {
  /// Jinja's `tojson`: ASCII only, keys sorted, characters that matter in HTML escaped.
  var jsonText: String {
    get throws(TemplateFault) {
      switch self {
      case .none: return "null"
      case .bool(let value): return value ? "true" : "false"
      case .integer, .float: return text
      case .string(let text): return Self.jsonString(text)
      case .list(let items), .tuple(let items):
        var parts: [String] = []
        for item in items { parts.append(try item.jsonText) }
        return "[" + parts.joined(separator: ", ") + "]"
      case .mapping(let mapping):
        var parts: [(key: String, text: String)] = []
        for (key, value) in zip(mapping.keys, mapping.values) {
          guard let name = key.stringValue else {
            throw TemplateFault("tojson takes dictionaries with str keys, not \(key.typeName)")
          }
          parts.append((name, Self.jsonString(name) + ": " + (try value.jsonText)))
        }
        parts.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return "{" + parts.map(\.text).joined(separator: ", ") + "}"
      }
    }
  }

  private static func jsonString(_ text: String) -> String {
    var result = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: result += "\\\""
      case 0x5c: result += "\\\\"
      case 0x0a: result += "\\n"
      case 0x0d: result += "\\r"
      case 0x09: result += "\\t"
      case 0x08: result += "\\b"
      case 0x0c: result += "\\f"
      case 0x26, 0x27, 0x3c, 0x3e, 0..<0x20, 0x80...:
        result += escaped(unit)
      default: result.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: unit)))
      }
    }
    return result + "\""
  }
}

extension Value {
  /// `tojson(indent)` as task files have it.
  func taskJSON(indent: Value?) throws(TemplateFault) -> String {
    guard let indent, indent != .none else { return try jsonText }
    var style = JSONStyle(isASCII: true, sorts: true)
    try style.indent(by: indent)
    var text = try json(style, level: 0)
    for (old, new) in [("<", "003c"), (">", "003e"), ("&", "0026"), ("'", "0027")] {
      text = text.replacing(codePointsOf: old, with: "\\u" + new)
    }
    return text
  }
}

/// `tojson` as chat templates have it: Python's `json.dumps`, by default without escaping what is
/// not ASCII.
extension Value {
  func chatJSON(_ call: TemplateCall) throws(TemplateFault) -> String {
    try call.check(["ensure_ascii", "indent", "separators", "sort_keys"])
    var style = JSONStyle()
    style.isASCII = call.isTrue(0, "ensure_ascii")
    style.sorts = call.isTrue(3, "sort_keys")
    if let indent = call.value(1, "indent"), indent != .none { try style.indent(by: indent) }
    if let separators = call.value(2, "separators"), separators != .none {
      guard let texts = separators.items, texts.count == 2,
        let between = texts[0].stringValue, let afterKey = texts[1].stringValue
      else { throw TemplateFault("tojson: separators are two texts") }
      (style.between, style.afterKey) = (between, afterKey)
    }
    return try json(style, level: 0)
  }

  private struct JSONStyle {
    var isASCII = false
    var sorts = false
    var indent: String?
    var between = ", "
    var afterKey = ": "

    mutating func indent(by indent: Value) throws(TemplateFault) {
      if let text = indent.stringValue {
        self.indent = text
      } else if let count = indent.integerValue, count <= 1000 {
        self.indent = String(repeating: " ", count: max(0, count))
      } else {
        throw TemplateFault("tojson: indent is a text or a number up to 1000")
      }
      between = ","
    }

    func enclosed(_ parts: [String], _ brackets: (String, String), level: Int) -> String {
      guard let indent, !parts.isEmpty else {
        return brackets.0 + parts.joined(separator: between) + brackets.1
      }
      let line = "\n" + String(repeating: indent, count: level + 1)
      let end = "\n" + String(repeating: indent, count: level)
      return brackets.0 + line + parts.joined(separator: between + line) + end + brackets.1
    }
  }

  private func json(_ style: JSONStyle, level: Int) throws(TemplateFault) -> String {
    switch self {
    case .string(let text): return Self.dumped(text, isASCII: style.isASCII)
    case .list(let items), .tuple(let items):
      var parts: [String] = []
      for item in items { parts.append(try item.json(style, level: level + 1)) }
      return style.enclosed(parts, ("[", "]"), level: level)
    case .mapping(let mapping):
      var parts: [(key: String, text: String)] = []
      for (key, value) in zip(mapping.keys, mapping.values) {
        let name = if let text = key.stringValue { text } else { try key.json(style, level: 0) }
        let text = Self.dumped(name, isASCII: style.isASCII) + style.afterKey
        parts.append((name, text + (try value.json(style, level: level + 1))))
      }
      if style.sorts { parts.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } }
      return style.enclosed(parts.map(\.text), ("{", "}"), level: level)
    case .float(let value) where value.isNaN: return "NaN"
    case .float(let value) where value.isInfinite: return value < 0 ? "-Infinity" : "Infinity"
    default: return try jsonText
    }
  }

  /// A quoted text; besides what JSON forbids only control characters are escaped.
  private static func dumped(_ text: String, isASCII: Bool) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{8}": result += "\\b"
      case "\u{c}": result += "\\f"
      default:
        if scalar.value >= 0x20, !isASCII || scalar.isASCII {
          result.unicodeScalars.append(scalar)
        } else {
          for unit in String(scalar).utf16 { result += escaped(unit) }
        }
      }
    }
    return result + "\""
  }

  private static func escaped(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
