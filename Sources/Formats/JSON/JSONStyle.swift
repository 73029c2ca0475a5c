/// How JSON is written.
package struct JSONStyle: Sendable {
  /// What is put in front of a member for each level; nil leaves all on one line.
  package var indent: String?
  /// What stands between two members, the line's end aside.
  package var separator: String
  package var colon: String
  /// Whether characters beyond ASCII are escaped.
  package var isASCII = false
  /// Whether members go by their keys' code points.
  package var sortsKeys = false

  /// As Python's `json.dumps(ensure_ascii=False)` does by default.
  package init(indent: String? = nil, separator: String? = nil, colon: String = ": ") {
    self.indent = indent
    self.separator = separator ?? (indent == nil ? ", " : ",")
    self.colon = colon
  }

  /// As Python's `indent=count`.
  package static func indented(by count: Int) -> JSONStyle {
    JSONStyle(indent: String(repeating: " ", count: count))
  }

  /// Without a space.
  package static let compact = JSONStyle(separator: ",", colon: ":")
}

extension Value {
  /// The value as Python's `json` writes it, `NaN` and `Infinity` included; tuples are arrays.
  package func json(_ style: JSONStyle = JSONStyle()) -> String {
    var text = JSONWriter(style: style)
    text.write(self)
    return String(decoding: text.bytes, as: UTF8.self)
  }
}

/// A JSON text that grows.
private struct JSONWriter {
  let style: JSONStyle
  private(set) var bytes: [UInt8] = []
  private var level = 0

  init(style: JSONStyle) { self.style = style }

  mutating func write(_ value: Value) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(String(value))
    case .float(let value): append(Self.number(value))
    case .string(let text): write(text)
    case .list(let items), .tuple(let items):
      enclose("[", items, "]") { text, item in text.write(item) }
    case .mapping(let mapping):
      // Python writes keys of other types as their JSON.
      var members = zip(mapping.keys, mapping.values).map {
        (key: $0.string ?? $0.json(), value: $1)
      }
      if style.sortsKeys {
        members.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      }
      enclose("{", members, "}") { text, member in
        text.write(member.key)
        text.append(text.style.colon)
        text.write(member.value)
      }
    }
  }

  private mutating func enclose<Member>(
    _ opening: String, _ members: [Member], _ closing: String,
    _ write: (inout JSONWriter, Member) -> Void
  ) {
    append(opening)
    level += 1
    for (position, member) in members.enumerated() {
      if position > 0 { append(style.separator) }
      breakLine()
      write(&self, member)
    }
    level -= 1
    if !members.isEmpty { breakLine() }
    append(closing)
  }

  private mutating func breakLine() {
    guard let indent = style.indent else { return }
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<level { append(indent) }
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func write(_ text: String) {
    JSONText.append(text, to: &bytes, isASCII: style.isASCII)
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return NumberText.python(value)
  }
}
