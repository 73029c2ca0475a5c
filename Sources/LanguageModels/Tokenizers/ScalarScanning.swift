/// What the pre-tokenizers' patterns tell apart.
enum ScalarClass {
  /// `\p{L}`
  case letter
  /// `\p{N}`
  case number
  /// `\s`: Unicode's White_Space
  case space
  case other

  private static let ascii: [ScalarClass] = (0..<128).map {
    ScalarClass(uncached: Unicode.Scalar(UInt8($0)))
  }

  init(_ scalar: Unicode.Scalar) {
    self = scalar.value < 128 ? Self.ascii[Int(scalar.value)] : ScalarClass(uncached: scalar)
  }

  private init(uncached scalar: Unicode.Scalar) {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      self = .letter
    case .decimalNumber, .letterNumber, .otherNumber:
      self = .number
    default:
      self = scalar.properties.isWhitespace ? .space : .other
    }
  }
}

extension [UInt8] {
  /// Bytes of the scalar at `position`, of text that is UTF-8.
  func scalarLength(at position: Int) -> Int {
    switch self[position] {
    case 0..<0xC0: 1
    case 0xC0..<0xE0: 2
    case 0xE0..<0xF0: 3
    default: 4
    }
  }

  /// The scalar at `position` of text that is UTF-8, and where the next one starts.
  func scalar(at position: Int) -> (scalar: Unicode.Scalar, end: Int) {
    let first = self[position]
    if first < 0x80 { return (Unicode.Scalar(first), position + 1) }
    let end = Swift.min(position + scalarLength(at: position), count)
    var value = UInt32(first) & (0x7F >> UInt32(end - position))
    for index in (position + 1)..<Swift.max(position + 1, end) {
      value = value << 6 | UInt32(self[index] & 0x3F)
    }
    return (Unicode.Scalar(value) ?? "\u{FFFD}", end)
  }

  /// The scalar that ends at `position`, which is not the start, and where it starts.
  func scalar(before position: Int) -> (scalar: Unicode.Scalar, start: Int) {
    var start = position - 1
    while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
    return (scalar(at: start).scalar, start)
  }
}
