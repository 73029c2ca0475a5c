import Foundation

/// The words of JSON: white space, marks, strings and numbers. Never traps, whatever the bytes.
struct JSONScanner {
  let bytes: UnsafeRawBufferPointer
  var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  func fault(_ problem: String, at offset: Int? = nil) -> JSONFault {
    JSONFault(offset: offset ?? position, problem: problem)
  }

  /// "expected X, found Y".
  func unexpected(_ expected: String) -> JSONFault {
    guard let byte = next else { return fault("the text ends where \(expected) is expected") }
    let rest = bytes[position..<min(position + 4, bytes.count)]
    let found =
      byte < 0x20 || byte == 0x7F
      ? "byte \(byte)"
      : String(decoding: rest, as: UTF8.self).first.map { "'\(String($0).shown())'" } ?? ""
    return fault("expected \(expected), found \(found)")
  }

  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position += 1
    }
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func word(_ word: StaticString) throws(JSONFault) {
    let end = position + word.utf8CodeUnitCount
    let isThere = word.withUTF8Buffer { name in
      end <= bytes.count && bytes[position..<end].elementsEqual(name)
    }
    guard isThere else { throw unexpected("'\(word)'") }
    position = end
  }

  // MARK: Numbers

  enum Number {
    case integer(Int)
    case integerBeyond64Bits(String)
    case fraction(Double)
  }

  /// Python's limit for whole numbers, too.
  private static let digitLimit = 4300

  mutating func number() throws(JSONFault) -> Number {
    let start = position
    _ = take("-")
    let firstDigit = position
    takeDigits()
    let digits = position - firstDigit
    guard digits > 0, digits == 1 || bytes[firstDigit] != UInt8(ascii: "0") else {
      if digits > 0 {
        throw fault("expected a value, found a number with a leading zero", at: start)
      }
      if firstDigit > start { throw unexpected("a digit") }
      throw unexpected("a value")
    }
    var isFraction = false
    if take(".") {
      isFraction = true
      try requireDigits()
    }
    if take("e") || take("E") {
      isFraction = true
      if !take("+") { _ = take("-") }
      try requireDigits()
    }
    guard position - start <= Self.digitLimit else {
      throw fault(
        "a number of \(position - start) digits; at most \(Self.digitLimit) are read", at: start)
    }
    if !isFraction, digits <= 18 { return .integer(shortInteger(start)) }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if !isFraction { return Int(text).map { .integer($0) } ?? .integerBeyond64Bits(text) }
    guard let value = Double(text) else { throw fault("expected a value", at: start) }
    return .fraction(value)
  }

  /// The digits from `start` to here, which fit `Int`.
  private func shortInteger(_ start: Int) -> Int {
    let isNegative = bytes[start] == UInt8(ascii: "-")
    var value = 0
    for byte in bytes[(start + (isNegative ? 1 : 0))..<position] {
      value = value * 10 + Int(byte & 15)
    }
    return isNegative ? -value : value
  }

  private mutating func takeDigits() {
    while position < bytes.count, bytes[position] &- 0x30 < 10 { position += 1 }
  }

  private mutating func requireDigits() throws(JSONFault) {
    let start = position
    takeDigits()
    if position == start { throw unexpected("a digit") }
  }

  /// What Python writes for numbers that are not JSON's: `NaN`, `Infinity`, `-Infinity`; nil for anything else.
  mutating func pythonNumber() throws(JSONFault) -> Double? {
    switch next {
    case UInt8(ascii: "N"): try word("NaN")
    case UInt8(ascii: "I"): try word("Infinity")
    case UInt8(ascii: "-"):
      guard position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "I") else { return nil }
      try word("-Infinity")
      return -.infinity
    default: return nil
    }
    return bytes[position - 1] == UInt8(ascii: "N") ? .nan : .infinity
  }

  // MARK: Strings

  mutating func string() throws(JSONFault) -> String {
    let opening = position
    guard take("\"") else { throw unexpected("a string in double quotes") }
    let start = position
    takePlain()
    if next == UInt8(ascii: "\"") {
      position += 1
      return try text(bytes[start..<position - 1], opening)
    }
    var unescaped = Array(bytes[start..<position])
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let text = String(validating: unescaped, as: UTF8.self) else {
          throw fault("the string is not UTF-8", at: opening)
        }
        return text
      case UInt8(ascii: "\\"): try escape(into: &unescaped)
      case 0..<0x20: throw fault("a control character in a string must be escaped")
      default:
        let run = position
        takePlain()
        unescaped.append(contentsOf: bytes[run..<position])
      }
    }
    throw fault("the string that starts here is never closed", at: opening)
  }

  /// Goes to the next quote, backslash or control character.
  private mutating func takePlain() {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else { return }
      position += 1
    }
  }

  private func text(
    _ bytes: Slice<UnsafeRawBufferPointer>, _ opening: Int
  ) throws(JSONFault) -> String {
    let buffer = UnsafeRawBufferPointer(rebasing: bytes)
    let text = buffer.withMemoryRebound(to: UInt8.self) { String(validating: $0, as: UTF8.self) }
    guard let text else { throw fault("the string is not UTF-8", at: opening) }
    return text
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONFault) {
    position += 1
    guard let letter = next else { throw fault("the text ends inside an escape") }
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      position += 1
      text.append(contentsOf: String(try escapedScalar()).utf8)
      return
    default: throw unexpected("an escape")
    }
    position += 1
  }

  private mutating func escapedScalar() throws(JSONFault) -> Unicode.Scalar {
    var code = try fourHexadecimalDigits()
    if (0xD800..<0xDC00).contains(code), take("\\"), take("u") {
      let low = try fourHexadecimalDigits()
      if (0xDC00..<0xE000).contains(low) { code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) }
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw fault("half of a surrogate pair is not a character")
    }
    return scalar
  }

  private mutating func fourHexadecimalDigits() throws(JSONFault) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected("a hexadecimal digit")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
