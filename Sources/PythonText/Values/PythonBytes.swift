import Formats

/// Text that somebody wrote as Python shows bytes: `b'it isn\xe2\x80\x99t'`.
package enum PythonBytes {
  /// The text that the bytes are; nil where `literal` is no such literal.
  ///
  /// - Throws: where the bytes are not UTF-8.
  package static func text(_ literal: String) throws(TemplateFault) -> String? {
    let source = Array(literal.utf8)
    guard source.count >= 3, source[0] | 0x20 == UInt8(ascii: "b"),
      source[1] == UInt8(ascii: "'") || source[1] == UInt8(ascii: "\""), source.last == source[1]
    else { return nil }
    guard let bytes = bytes(source[2..<source.count - 1], quote: source[1]) else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw TemplateFault(
        "the bytes \(literal.shown(limit: 60)) are not UTF-8; write the text itself")
    }
    return text
  }

  /// Nil where a quote ends the literal before its end, or an escape is not whole.
  private static func bytes(_ source: ArraySlice<UInt8>, quote: UInt8) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = source
    while let byte = rest.popFirst() {
      guard byte < 0x80, byte != quote else { return nil }
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      guard let escape = escape(&rest) else { return nil }
      bytes += escape
    }
    return bytes
  }

  private static let letters: [UInt8: UInt8] = [
    0x0A: 0x0A, 0x22: 0x22, 0x27: 0x27, 0x5C: 0x5C, 0x61: 0x07, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A,
    0x72: 0x0D, 0x74: 0x09, 0x76: 0x0B,
  ]

  private static func escape(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    guard let letter = rest.popFirst() else { return nil }
    if let byte = letters[letter] { return letter == 0x0A ? [] : [byte] }
    if letter == UInt8(ascii: "x") {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      rest = rest.dropFirst(2)
      return digits.utf8.count == 2 ? UInt8(digits, radix: 16).map { [$0] } : nil
    }
    guard (0x30...0x37).contains(letter) else { return [UInt8(ascii: "\\"), letter] }
    var value = Int(letter & 7)
    for _ in 0..<2 {
      guard let digit = rest.first, (0x30...0x37).contains(digit) else { break }
      value = value * 8 + Int(digit & 7)
      rest.removeFirst()
    }
    return [UInt8(truncatingIfNeeded: value)]
  }
}
