extension TemplateValue {
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
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: unit)))
      }
    }
    return result + "\""
  }
}
