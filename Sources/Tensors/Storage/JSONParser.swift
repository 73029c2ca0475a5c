/// A strict reader of JSON (RFC 8259) that never traps, whatever the bytes.
package struct JSONParser {
  /// Deeper nesting is refused, so that hostile text cannot exhaust the stack.
  package static let maximumDepth = 64

  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  private var depth = 0

  private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Reads one document that fills `bytes`, white space aside.
  package static func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else {
      throw .unexpected("text after the end of the document", offset: parser.position)
    }
    return value
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private func problem(_ expected: String) -> JSONError {
    guard let byte = current else { return .unexpected("the text ends early", offset: position) }
    let shown =
      (0x20..<0x7F).contains(byte)
      ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
    return .unexpected("\(shown) where \(expected) should be", offset: position)
  }

  private mutating func expect(_ byte: UInt8, _ name: String) throws(JSONError) {
    guard current == byte else { throw problem(name) }
    position += 1
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    switch current {
    case UInt8(ascii: "{"):
      return .object(try nested { parser throws(JSONError) in try parser.members() })
    case UInt8(ascii: "["):
      return .array(try nested { parser throws(JSONError) in try parser.elements() })
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: return try number()
    }
  }

  private mutating func nested<Result>(
    _ body: (inout JSONParser) throws(JSONError) -> Result
  ) throws(JSONError) -> Result {
    guard depth < Self.maximumDepth else { throw .tooDeep(offset: position) }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  private mutating func members() throws(JSONError) -> JSONObject {
    var object = JSONObject()
    position += 1
    skipSpace()
    if current == UInt8(ascii: "}") {
      position += 1
      return object
    }
    while true {
      skipSpace()
      let start = position
      let key = try string()
      skipSpace()
      try expect(UInt8(ascii: ":"), "':'")
      guard object[key] == nil else { throw .duplicateKey(key, offset: start) }
      object[key] = try value()
      skipSpace()
      if current == UInt8(ascii: ",") {
        position += 1
        continue
      }
      try expect(UInt8(ascii: "}"), "',' or '}'")
      return object
    }
  }

  private mutating func elements() throws(JSONError) -> [JSONValue] {
    var array: [JSONValue] = []
    position += 1
    skipSpace()
    if current == UInt8(ascii: "]") {
      position += 1
      return array
    }
    while true {
      array.append(try value())
      skipSpace()
      if current == UInt8(ascii: ",") {
        position += 1
        continue
      }
      try expect(UInt8(ascii: "]"), "',' or ']'")
      return array
    }
  }

  private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONError)
    -> JSONValue
  {
    let end = position + text.utf8CodeUnitCount
    let matches = text.withUTF8Buffer { name in
      end <= bytes.count && bytes[position..<end].elementsEqual(name)
    }
    guard matches else { throw problem("a value") }
    position = end
    return value
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    var isInteger = true
    if current == UInt8(ascii: "-") { position += 1 }
    if current == UInt8(ascii: "0") {
      position += 1
    } else {
      try digits()
    }
    if current == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try digits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isInteger = false
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw .unexpected("the number \(text.prefix(40)) is out of range", offset: start)
    }
    return .number(value)
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      position += 1
    }
    guard position > start else { throw problem("a value") }
  }

  private mutating func string() throws(JSONError) -> String {
    let start = position
    try expect(UInt8(ascii: "\""), "a string")
    var unescaped: [UInt8] = []
    var runStart = position
    while let byte = current {
      if byte == UInt8(ascii: "\"") {
        unescaped.append(contentsOf: bytes[runStart..<position])
        position += 1
        guard let text = String(validating: unescaped, as: UTF8.self) else {
          throw .unexpected("a string that is not UTF-8", offset: start)
        }
        return text
      }
      guard byte >= 0x20 else { throw problem("a character of a string") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        unescaped.append(contentsOf: bytes[runStart..<position - 1])
        try escape(into: &unescaped)
        runStart = position
      }
    }
    throw .unexpected("a string without an end", offset: start)
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    guard let byte = current else { throw problem("an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      let scalar = try unicodeEscape()
      text.append(contentsOf: Array(String(Character(scalar)).utf8))
    default:
      position -= 1
      throw problem("an escape")
    }
  }

  private mutating func unicodeEscape() throws(JSONError) -> UnicodeScalar {
    let start = position
    var code = try fourHexDigits()
    if (0xD800..<0xDC00).contains(code), current == UInt8(ascii: "\\") {
      position += 1
      try expect(UInt8(ascii: "u"), "the second half of a surrogate pair")
      let low = try fourHexDigits()
      guard (0xDC00..<0xE000).contains(low) else {
        throw .unexpected("half a surrogate pair", offset: start)
      }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = UnicodeScalar(code) else {
      throw .unexpected("half a surrogate pair", offset: start)
    }
    return scalar
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw problem("a hexadecimal digit")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
