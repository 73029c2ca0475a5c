/// What a match is replaced with: text, and groups of the match.
struct RegexReplacement {
  enum Part {
    case text(String)
    case group(Int)
  }
  private(set) var parts: [Part] = []
  private var scalars: ArraySlice<Unicode.Scalar>

  private static let controls: [Unicode.Scalar: Unicode.Scalar] = [
    "n": "\n", "t": "\t", "r": "\r", "f": "\u{c}", "v": "\u{b}", "a": "\u{7}", "b": "\u{8}",
    "\\": "\\",
  ]

  /// Reads `\1`, `\g<name>` and `\n`; a backslash in front of punctuation stays.
  init(_ text: String, groupNames: [String: Int], groupCount: Int) throws(TemplateFault) {
    scalars = Array(text.unicodeScalars)[...]
    var plain = ""
    while let scalar = scalars.popFirst() {
      guard scalar == "\\", let next = scalars.popFirst() else {
        plain.unicodeScalars.append(scalar)
        continue
      }
      if let control = Self.controls[next] {
        plain.unicodeScalars.append(control)
      } else if next == "g" {
        let name = try takeName()
        try add(plain, group: groupNames[name] ?? Int(name), named: name, of: groupCount)
        plain = ""
      } else if next.isASCIIDigit {
        let digits = takeDigits(after: next)
        if digits.hasPrefix("0") || digits.utf8.count == 3 {
          guard let value = UInt8(digits, radix: 8) else {
            throw TemplateFault("the replacement has a bad escape \\\(digits)")
          }
          plain.unicodeScalars.append(Unicode.Scalar(value))
        } else {
          try add(plain, group: Int(digits), named: digits, of: groupCount)
          plain = ""
        }
      } else if next.isASCII, next.properties.isAlphabetic {
        throw TemplateFault("the replacement has a bad escape \\\(next)")
      } else {
        plain += "\\\(next)"
      }
    }
    if !plain.isEmpty { parts.append(.text(plain)) }
  }

  private mutating func add(
    _ plain: String, group: Int?, named name: String, of count: Int
  ) throws(TemplateFault) {
    guard let group, (0...count).contains(group) else {
      throw TemplateFault("the replacement names the unknown group '\(name)'")
    }
    if !plain.isEmpty { parts.append(.text(plain)) }
    parts.append(.group(group))
  }

  /// `<name>`
  private mutating func takeName() throws(TemplateFault) -> String {
    guard scalars.popFirst() == "<" else { throw TemplateFault("\\g in the replacement needs <") }
    let name = scalars.prefix { $0 != ">" }
    scalars.removeFirst(name.count)
    guard scalars.popFirst() != nil else { throw TemplateFault("\\g in the replacement needs >") }
    return String(scalars: name)
  }

  /// Digits of a group, one or two, or three octal ones; `0` and up to two octal ones.
  private mutating func takeDigits(after first: Unicode.Scalar) -> String {
    func isOctal(_ scalar: Unicode.Scalar) -> Bool { (0x30...0x37).contains(scalar.value) }
    let octal = isOctal(first) ? scalars.prefix(2).prefix(while: isOctal) : []
    let digits =
      first == "0" || octal.count == 2 ? octal : scalars.prefix(1).prefix(while: \.isASCIIDigit)
    scalars.removeFirst(digits.count)
    return String(scalars: [first] + digits)
  }
}
