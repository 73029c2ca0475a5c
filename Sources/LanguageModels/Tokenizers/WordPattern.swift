/// The patterns that well-known tokenizers split words with, as hand-written scanners.
///
/// A regular-expression engine gives the same words at several times the cost.
enum WordPattern: Equatable {
  /// GPT-2, RoBERTa, SmolLM2.
  case gpt2
  /// Llama 3 (numbers of up to 3 digits) and Qwen2 (single digits).
  case contemporary(maximumDigits: Int)

  static let gpt2Expression =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  static func contemporaryExpression(digits: String) -> String {
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
      + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }

  /// The scanner for `expression`, if there is one.
  init?(expression: String) {
    switch expression {
    case Self.gpt2Expression: self = .gpt2
    case Self.contemporaryExpression(digits: #"\p{N}{1,3}"#):
      self = .contemporary(maximumDigits: 3)
    case Self.contemporaryExpression(digits: #"\p{N}"#): self = .contemporary(maximumDigits: 1)
    default: return nil
    }
  }

  /// The words in `text[range]`, which cover it.
  func words(in text: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = range.lowerBound
    while start < range.upperBound {
      let end = end(of: text, from: start, in: range)
      result.append(start..<end)
      start = end
    }
    return result
  }

  /// End of the match that starts at `position`, which is in `range`; the words cover every text.
  private func end(of text: [UInt8], from position: Int, in range: Range<Int>) -> Int {
    let scanner = WordScanner(text: text, limit: range.upperBound)
    switch self {
    case .gpt2: return scanner.gpt2Word(position)
    case .contemporary(let digits):
      return scanner.contemporaryWord(position, maximumDigits: digits)
    }
  }
}

/// One alternative of a word pattern after the other.
private struct WordScanner {
  let text: [UInt8]
  /// Lookahead sees nothing from here on.
  let limit: Int

  func gpt2Word(_ start: Int) -> Int {
    if let end = contraction(start, ignoringCase: false) { return end }
    let first = afterSpace(start)
    if let kind = kind(at: first), kind != .space { return runEnd(of: kind, from: first) }
    return whitespace(start)
  }

  func contemporaryWord(_ start: Int, maximumDigits: Int) -> Int {
    if let end = contraction(start, ignoringCase: true) { return end }
    let (scalar, second) = text.scalar(at: start)
    switch ScalarClass(scalar) {
    case .letter:
      return runEnd(of: .letter, from: second)
    case .number:
      return runEnd(of: .number, from: start, atMost: maximumDigits)
    case .space, .other:
      if scalar != "\r", scalar != "\n", kind(at: second) == .letter {
        return runEnd(of: .letter, from: second)
      }
    }
    let first = afterSpace(start)
    if kind(at: first) == .other {
      var end = runEnd(of: .other, from: first)
      while end < limit, isNewline(end) { end += 1 }
      return end
    }
    // \s*[\r\n]+
    let end = runEnd(of: .space, from: start)
    if let newline = (start..<end).last(where: isNewline) { return newline + 1 }
    return whitespace(start)
  }

  private func isNewline(_ position: Int) -> Bool {
    text[position] == UInt8(ascii: "\r") || text[position] == UInt8(ascii: "\n")
  }

  private func kind(at position: Int) -> ScalarClass? {
    position < limit ? ScalarClass(text.scalar(at: position).scalar) : nil
  }

  /// ` ?`
  private func afterSpace(_ position: Int) -> Int {
    text[position] == UInt8(ascii: " ") ? position + 1 : position
  }

  private func runEnd(of kind: ScalarClass, from start: Int, atMost limit: Int = .max) -> Int {
    var position = start
    var count = 0
    while position < self.limit, count < limit {
      let (scalar, end) = text.scalar(at: position)
      if ScalarClass(scalar) != kind { break }
      position = end
      count += 1
    }
    return position
  }

  /// `\s+(?!\S)|\s+`: a run leaves its last scalar to a word that follows.
  private func whitespace(_ start: Int) -> Int {
    let end = runEnd(of: .space, from: start)
    if end == limit { return end }
    let last = text.scalar(before: end).start
    return last > start ? last : end
  }

  /// `'s|'t|'re|'ve|'m|'ll|'d`
  private func contraction(_ start: Int, ignoringCase: Bool) -> Int? {
    guard text[start] == UInt8(ascii: "'"), start + 1 < limit else { return nil }
    func letter(_ position: Int) -> UInt8 {
      if position >= limit { return 0 }
      return ignoringCase ? text[position] | 0x20 : text[position]
    }
    switch letter(start + 1) {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      return letter(start + 2) == UInt8(ascii: "e") ? start + 3 : nil
    case UInt8(ascii: "l"):
      return letter(start + 2) == UInt8(ascii: "l") ? start + 3 : nil
    default:
      // U+017F, the long s, is an s to case folding.
      let isLongS = ignoringCase && text[start + 1..<limit].starts(with: "\u{17F}".utf8)
      return isLongS ? start + 3 : nil
    }
  }
}
