extension JSONValue {
  /// The document as JSON text on one line.
  package var compactText: String {
    var text = ""
    append(to: &text, indent: nil)
    return text
  }

  /// The document as JSON text with two spaces of indentation, as Python's `json.dump(…, indent=2)`.
  package var indentedText: String {
    var text = ""
    append(to: &text, indent: 0)
    return text
  }

  private func append(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value):
      precondition(value.isFinite, "JSON has no \(value)")
      text += String(value)
    case .string(let value): Self.appendQuoted(value, to: &text)
    case .array(let values):
      Self.appendList(values, "[", "]", to: &text, indent: indent) { value, text, inner in
        value.append(to: &text, indent: inner)
      }
    case .object(let object):
      Self.appendList(object.keys, "{", "}", to: &text, indent: indent) { key, text, inner in
        Self.appendQuoted(key, to: &text)
        text += inner == nil ? ":" : ": "
        (object[key] ?? .null).append(to: &text, indent: inner)
      }
    }
  }

  private static func appendList<Element>(
    _ elements: [Element], _ open: String, _ close: String, to text: inout String, indent: Int?,
    appendElement: (Element, inout String, Int?) -> Void
  ) {
    text += open
    let inner = indent.map { $0 + 2 }
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      if let inner { text += "\n" + String(repeating: " ", count: inner) }
      appendElement(element, &text, inner)
    }
    if let indent, !elements.isEmpty { text += "\n" + String(repeating: " ", count: indent) }
    text += close
  }

  private static func appendQuoted(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
