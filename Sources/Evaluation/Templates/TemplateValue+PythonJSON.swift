extension TemplateValue {
  /// Python's `json.dumps(value, ensure_ascii=False)`, byte for byte; `indent` spaces a level put
  /// every element on its own line.
  package func pythonJSON(indent: Int? = nil) -> String {
    var text = ""
    writePythonJSON(to: &text, indent: indent, level: 0)
    return text
  }

  private func writePythonJSON(to text: inout String, indent: Int?, level: Int) {
    switch self {
    case .none: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .float(let value): text += Self.pythonJSONNumber(value)
    case .string(let value): Self.writePythonJSONString(value, to: &text)
    case .list(let items), .tuple(let items):
      Self.write(items, in: ("[", "]"), to: &text, indent: indent, level: level) { item, text in
        item.writePythonJSON(to: &text, indent: indent, level: level + 1)
      }
    case .mapping(let mapping):
      let pairs = Array(zip(mapping.keys, mapping.values))
      Self.write(pairs, in: ("{", "}"), to: &text, indent: indent, level: level) { pair, text in
        Self.writePythonJSONString(pair.0.pythonJSONKey, to: &text)
        text += ": "
        pair.1.writePythonJSON(to: &text, indent: indent, level: level + 1)
      }
    }
  }

  private static func write<Item>(
    _ items: [Item], in brackets: (String, String), to text: inout String, indent: Int?,
    level: Int, _ element: (Item, inout String) -> Void
  ) {
    text += brackets.0
    for (position, item) in items.enumerated() {
      if position > 0 { text += indent == nil ? ", " : "," }
      if let indent { text += "\n" + String(repeating: " ", count: indent * (level + 1)) }
      element(item, &text)
    }
    if let indent, !items.isEmpty { text += "\n" + String(repeating: " ", count: indent * level) }
    text += brackets.1
  }

  /// What a dictionary's key becomes: keys of other types than text are written as their JSON.
  private var pythonJSONKey: String {
    switch self {
    case .string(let text): text
    case .tuple: text
    default: pythonJSON()
    }
  }

  private static func pythonJSONNumber(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return pythonText(of: value)
  }

  private static func writePythonJSONString(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{8}": text += "\\b"
      case "\u{c}": text += "\\f"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
