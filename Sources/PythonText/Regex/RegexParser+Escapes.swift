extension RegexParser {
  /// What follows a backslash outside of brackets.
  mutating func escape() throws(TemplateFault) -> RegexNode {
    let scalar = try take()
    switch scalar {
    case "A": return .position(.textStart)
    case "Z": return .position(.textEnd)
    case "b", "B":
      return .position(
        .wordBoundary(isNegated: scalar == "B", asciiOnly: flags.contains(.ascii)))
    case "1"..."9":
      var digits = String(scalar)
      if let second = next, second.isASCIIDigit {
        digits.unicodeScalars.append(try take())
        if digits.unicodeScalars.allSatisfy(Self.isOctal), let third = next, Self.isOctal(third) {
          digits.unicodeScalars.append(try take())
          return .one(RegexSet(try Self.scalar(digits, radix: 8, limit: 0o377), flags: flags))
        }
      }
      return try backreference(digits)
    default:
      if let category = Self.category(scalar) {
        return .one(RegexSet(categories: [category], flags: flags))
      }
      return .one(RegexSet(try character(scalar), flags: flags))
    }
  }

  /// What follows an opening bracket.
  mutating func set() throws(TemplateFault) -> RegexSet {
    let isNegated = take("^")
    var ranges: [ClosedRange<UInt32>] = []
    var categories: [(category: RegexSet.Category, isNegated: Bool)] = []
    var isFirst = true
    while isFirst || next != "]" {
      isFirst = false
      guard let low = try setMember(&categories) else { continue }
      guard next == "-" else {
        ranges.append(low.value...low.value)
        continue
      }
      _ = try take()
      if next == "]" {
        ranges += [low.value...low.value, 0x2d...0x2d]
        continue
      }
      guard let high = try setMember(&categories), high.value >= low.value else {
        throw TemplateFault("bad character range")
      }
      ranges.append(low.value...high.value)
    }
    _ = try take()
    return RegexSet(ranges: ranges, categories: categories, isNegated: isNegated, flags: flags)
  }

  /// One member of a set; `nil` for a category, which is added to `categories`.
  private mutating func setMember(
    _ categories: inout [(category: RegexSet.Category, isNegated: Bool)]
  ) throws(TemplateFault) -> Unicode.Scalar? {
    guard next != nil else { throw TemplateFault("unterminated character set") }
    let scalar = try take()
    guard scalar == "\\" else { return scalar }
    let escaped = try take()
    if let category = Self.category(escaped) {
      if next == "-", !hasDashAtEnd { throw TemplateFault("bad character range") }
      categories.append(category)
      return nil
    }
    if escaped == "b" { return "\u{8}" }
    if Self.isOctal(escaped) {
      let digits = String(escaped) + octalDigits(atMost: 2)
      return try Self.scalar(digits, radix: 8, limit: 0o377)
    }
    return try character(escaped)
  }

  private var hasDashAtEnd: Bool {
    var ahead = self
    return ahead.take("-]")
  }

  /// An escape that stands for one code point.
  private mutating func character(
    _ scalar: Unicode.Scalar
  ) throws(TemplateFault) -> Unicode.Scalar {
    switch scalar {
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "f": return "\u{c}"
    case "v": return "\u{b}"
    case "a": return "\u{7}"
    case "0": return try Self.scalar("0" + octalDigits(atMost: 2), radix: 8, limit: 0o377)
    case "x": return try hexadecimal(2)
    case "u": return try hexadecimal(4)
    case "U": return try hexadecimal(8)
    case "a"..."z", "A"..."Z", "0"..."9": throw TemplateFault("bad escape \\\(scalar)")
    default: return scalar
    }
  }

  private mutating func octalDigits(atMost count: Int) -> String {
    var left = count
    return take { scalar in
      left -= 1
      return left >= 0 && Self.isOctal(scalar)
    }
  }

  private mutating func hexadecimal(_ count: Int) throws(TemplateFault) -> Unicode.Scalar {
    var left = count
    let digits = take { scalar in
      left -= 1
      return left >= 0 && scalar.isASCII && scalar.properties.isHexDigit
    }
    guard digits.utf8.count == count else { throw TemplateFault("incomplete escape") }
    return try Self.scalar(digits, radix: 16, limit: 0x10_ffff)
  }

  private static func scalar(
    _ digits: String, radix: Int, limit: UInt32
  ) throws(TemplateFault) -> Unicode.Scalar {
    guard let value = UInt32(digits, radix: radix), value <= limit,
      let scalar = Unicode.Scalar(value)
    else { throw TemplateFault("bad escape \\\(digits)") }
    return scalar
  }

  private static func isOctal(_ scalar: Unicode.Scalar) -> Bool {
    (0x30...0x37).contains(scalar.value)
  }

  private static func category(
    _ letter: Unicode.Scalar
  ) -> (category: RegexSet.Category, isNegated: Bool)? {
    switch letter {
    case "d": (.digit, false)
    case "D": (.digit, true)
    case "s": (.space, false)
    case "S": (.space, true)
    case "w": (.word, false)
    case "W": (.word, true)
    default: nil
    }
  }
}
