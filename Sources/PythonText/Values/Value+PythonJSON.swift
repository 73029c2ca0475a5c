package import Formats

extension Value {
  /// Python's `json.dumps(value, ensure_ascii=False)`, byte for byte; `indent` spaces a level put
  /// every element on its own line.
  package func pythonJSON(indent: Int? = nil) -> String {
    var text = PythonJSONText(indent: indent)
    text.write(self)
    return String(decoding: text.bytes, as: UTF8.self)
  }
}

/// A JSON text that grows.
private struct PythonJSONText {
  let indent: Int?
  private(set) var bytes: [UInt8] = []
  private var level = 0

  init(indent: Int?) { self.indent = indent }

  mutating func write(_ value: Value) {
    switch value {
    case .none: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(String(value))
    case .float(let value): append(Self.number(value))
    case .string(let value): write(value)
    case .list(let items), .tuple(let items):
      open("[")
      for (position, item) in items.enumerated() {
        separate(position)
        write(item)
      }
      close("]", isEmpty: items.isEmpty)
    case .mapping(let mapping):
      open("{")
      for (position, key) in mapping.keys.enumerated() {
        separate(position)
        // Python writes keys of other types as their JSON.
        write(key.stringValue ?? key.pythonJSON())
        append(": ")
        write(mapping.values[position])
      }
      close("}", isEmpty: mapping.isEmpty)
    }
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func open(_ bracket: String) {
    append(bracket)
    level += 1
  }

  /// What stands in front of an element.
  private mutating func separate(_ position: Int) {
    if position > 0 { append(indent == nil ? ", " : ",") }
    breakLine()
  }

  private mutating func close(_ bracket: String, isEmpty: Bool) {
    level -= 1
    if !isEmpty { breakLine() }
    append(bracket)
  }

  private mutating func breakLine() {
    guard let indent else { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * level))
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return Value.pythonText(of: value)
  }

  private static let escapes: [UInt8: String] = [
    0x08: "\\b", 0x09: "\\t", 0x0a: "\\n", 0x0c: "\\f", 0x0d: "\\r", 0x22: "\\\"",
    0x5c: "\\\\",
  ]

  private mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      if byte >= 0x20, byte != 0x22, byte != 0x5c {
        bytes.append(byte)
      } else if let escape = Self.escapes[byte] {
        append(escape)
      } else {
        append("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
