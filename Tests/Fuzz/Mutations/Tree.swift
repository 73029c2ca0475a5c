/// A JSON or YAML value that may also be what no writer would write: numbers as text, repeated keys.
indirect enum Tree: Sendable {
  case null
  case bool(Bool)
  /// A number, or anything else that is written as it is.
  case raw(String)
  case string(String)
  case array([Tree])
  case object([(key: String, value: Tree)])

  /// The text of it; also valid YAML where it is valid JSON.
  var json: String {
    var text = ""
    write(to: &text)
    return text
  }

  /// YAML: a key a line, the values in flow style.
  var yaml: String {
    guard case .object(let pairs) = self else { return json + "\n" }
    return pairs.map { "\(Self.quoted($0.key)): \($0.value.json)\n" }.joined()
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .raw(let raw): text += raw
    case .string(let string): text += Self.quoted(string)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += ", " }
        element.write(to: &text)
      }
      text += "]"
    case .object(let pairs):
      text += "{"
      for (index, pair) in pairs.enumerated() {
        text += (index > 0 ? ", " : "") + Self.quoted(pair.key) + ": "
        pair.value.write(to: &text)
      }
      text += "}"
    }
  }

  static func quoted(_ string: String) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}":
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }

  /// The value of a key of an object.
  subscript(key: String) -> Tree? {
    get {
      guard case .object(let pairs) = self else { return nil }
      return pairs.first { $0.key == key }?.value
    }
    set {
      guard case .object(var pairs) = self else { return }
      let place = pairs.firstIndex { $0.key == key }
      switch (place, newValue) {
      case (let place?, let value?): pairs[place].value = value
      case (nil, let value?): pairs.append((key, value))
      case (let place?, nil): pairs.remove(at: place)
      case (nil, nil): break
      }
      self = .object(pairs)
    }
  }
}
