import Formats

/// What is wrong with a JSON text, and at which byte.
struct JSONFault: InputFailure {
  var offset: Int
  var problem: String
}

/// Reads JSON into `TemplateValue`: integers, fractions and truth values apart, keys in order.
struct JSONParser {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private var depth = 0
  private static let depthLimit = 100

  /// The one value that `bytes` hold.
  static func parse(_ bytes: ArraySlice<UInt8>) throws(JSONFault) -> TemplateValue {
    var parser = JSONParser(bytes: bytes, position: bytes.startIndex)
    let value = try parser.parseValue()
    parser.skipSpace()
    if parser.position < bytes.endIndex { throw parser.fault("text after the end of the value") }
    return value
  }

  private init(bytes: ArraySlice<UInt8>, position: Int) {
    self.bytes = bytes
    self.position = position
  }

  private func fault(_ problem: String) -> JSONFault {
    JSONFault(offset: position, problem: problem)
  }

  private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, Self.isSpace(byte) { position += 1 }
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func parseValue() throws(JSONFault) -> TemplateValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try parseObject()
    case UInt8(ascii: "["): return try parseArray()
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", .none)
    // Not JSON, but what Python writes for such numbers.
    case UInt8(ascii: "N"): return try parseWord("NaN", .float(.nan))
    case UInt8(ascii: "I"): return try parseWord("Infinity", .float(.infinity))
    case nil: throw fault("the text ends where a value is expected")
    default: return try parseNumber()
    }
  }

  private mutating func parseWord(
    _ word: String, _ value: TemplateValue
  ) throws(JSONFault) -> TemplateValue {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("expected '\(word)'") }
    position += word.utf8.count
    return value
  }

  private mutating func enter() throws(JSONFault) {
    position += 1
    depth += 1
    if depth > Self.depthLimit { throw fault("nested more than \(Self.depthLimit) deep") }
    skipSpace()
  }

  private mutating func parseObject() throws(JSONFault) -> TemplateValue {
    try enter()
    defer { depth -= 1 }
    var mapping = TemplateMapping()
    if take("}") { return .mapping(mapping) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fault("expected a key in double quotes") }
      let key = try parseString()
      skipSpace()
      guard take(":") else { throw fault("expected ':' after the key '\(key)'") }
      mapping[.string(key)] = try parseValue()
      skipSpace()
      if take("}") { return .mapping(mapping) }
      guard take(",") else { throw fault("expected ',' or '}'") }
    }
  }

  private mutating func parseArray() throws(JSONFault) -> TemplateValue {
    try enter()
    defer { depth -= 1 }
    var items: [TemplateValue] = []
    if take("]") { return .list(items) }
    while true {
      items.append(try parseValue())
      skipSpace()
      if take("]") { return .list(items) }
      guard take(",") else { throw fault("expected ',' or ']'") }
    }
  }

  private mutating func parseNumber() throws(JSONFault) -> TemplateValue {
    let start = position
    if take("-"), next == UInt8(ascii: "I") {
      return try parseWord("Infinity", .float(-.infinity))
    }
    let firstDigit = position
    takeDigits()
    let digits = position - firstDigit
    guard digits > 0, digits == 1 || bytes[firstDigit] != UInt8(ascii: "0") else {
      position = start
      throw fault("expected a value")
    }
    var isFloat = false
    if take(".") {
      isFloat = true
      try requireDigits()
    }
    if take("e") || take("E") {
      isFloat = true
      if !take("+") { _ = take("-") }
      try requireDigits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isFloat, let value = Double(text) { return .float(value) }
    if !isFloat, let value = Int(text) { return .integer(value) }
    position = start
    throw fault("the number \(text) does not fit in 64 bits; write it as a string")
  }

  private mutating func takeDigits() {
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
  }

  private mutating func requireDigits() throws(JSONFault) {
    let start = position
    takeDigits()
    if position == start { throw fault("expected a digit") }
  }

  private mutating func parseString() throws(JSONFault) -> String {
    let opening = position
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let result = String(validating: text, as: UTF8.self) else {
          position = opening
          throw fault("the string is not UTF-8")
        }
        return result
      case UInt8(ascii: "\\"):
        try parseEscape(into: &text)
      case 0..<0x20: throw fault("a control character in a string must be escaped")
      default:
        text.append(byte)
        position += 1
      }
    }
    position = opening
    throw fault("the string that starts here is never closed")
  }

  private static let escapes: [UInt8: UInt8] = [
    0x22: 0x22, 0x5c: 0x5c, 0x2f: 0x2f, 0x62: 0x08, 0x66: 0x0c, 0x6e: 0x0a, 0x72: 0x0d,
    0x74: 0x09,
  ]

  private mutating func parseEscape(into text: inout [UInt8]) throws(JSONFault) {
    position += 1
    guard let letter = next else { throw fault("the text ends inside an escape") }
    if let byte = Self.escapes[letter] {
      position += 1
      return text.append(byte)
    }
    guard letter == UInt8(ascii: "u") else { throw fault("unknown escape in a string") }
    position += 1
    var code = try parseHexadecimal()
    if (0xd800..<0xdc00).contains(code), take("\\"), take("u") {
      let low = try parseHexadecimal()
      code =
        (0xdc00..<0xe000).contains(low)
        ? 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00) : code
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw fault("half of a surrogate pair is not a character")
    }
    text.append(contentsOf: String(scalar).utf8)
  }

  private mutating func parseHexadecimal() throws(JSONFault) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault("expected four hexadecimal digits")
      }
      code = code << 4 + UInt32(digit)
      position += 1
    }
    return code
  }
}
