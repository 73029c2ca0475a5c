/// Finds added tokens in text: the leftmost, and of these the longest.
struct AddedTokenFinder: Sendable {
  enum Segment: Equatable {
    case text(Range<Int>)
    case token(Int)
  }

  private let tokens: [AddedToken]
  /// Whether special tokens are text like any other.
  private let splitsSpecial: Bool
  /// Index in `tokens` by content.
  private var table = TokenTable()
  /// Lengths of the tokens by their first byte, longest first.
  private var lengths: [[Int]] = [[Int]](repeating: [], count: 256)
  /// Whether a token starts with two bytes, by these.
  private var pairs = [Bool](repeating: false, count: 1 << 16)

  /// - Parameters:
  ///   - tokens: of two with the same content the first counts.
  ///   - splitsSpecial: whether special tokens are text like any other.
  init(_ tokens: [AddedToken], splitsSpecial: Bool = false) {
    self.tokens = tokens
    self.splitsSpecial = splitsSpecial
    for (index, token) in tokens.enumerated() {
      guard let first = token.content.first, table.add(token.content, id: index) == nil else {
        continue
      }
      if token.content.count > 1 { pairs[Self.pair(token.content, at: 0)] = true }
      if lengths[Int(first)].contains(token.content.count) { continue }
      lengths[Int(first)].append(token.content.count)
    }
    for first in lengths.indices { lengths[first].sort(by: >) }
  }

  /// Cuts `text` into tokens and what is between them.
  ///
  /// As in Hugging Face's library, tokens are found before any takes white space along, so that one may start in the
  /// space that another took.
  func segments(of text: [UInt8]) -> [Segment] {
    if table.count == 0 { return text.isEmpty ? [] : [.text(text.indices)] }
    var result: [Segment] = []
    var textStart = 0
    var position = 0
    // White space that a token took along: another one that starts in it ends with it.
    var space = 0..<0
    while position < text.count {
      guard let token = token(in: text, at: position) else {
        position += 1
        continue
      }
      let found = position..<position + token.content.count
      position = found.upperBound
      if splitsSpecial && token.isSpecial || token.isSingleWord && !Self.isWord(text, found) {
        continue
      }
      let start =
        token.stripsLeft
        ? max(Self.spaceStart(text, found.lowerBound, textStart), textStart) : found.lowerBound
      if token.stripsRight, !space.contains(found.upperBound) {
        space = found.upperBound..<Self.spaceEnd(text, found.upperBound)
      }
      let end = token.stripsRight ? space.upperBound : found.upperBound
      if textStart < start { result.append(.text(textStart..<start)) }
      // Nothing is left of a token that another took along wholly.
      if start < end { result.append(.token(token.id)) }
      textStart = end
    }
    if textStart < text.count { result.append(.text(textStart..<text.count)) }
    return result
  }

  private func token(in text: [UInt8], at position: Int) -> AddedToken? {
    let lengths = lengths[Int(text[position])]
    if lengths.isEmpty { return nil }
    let isPair = position + 1 < text.count && pairs[Self.pair(text, at: position)]
    for length in isPair ? lengths[...] : lengths.suffix(1)
    where position + length <= text.count && (isPair || length == 1) {
      if let index = table.id(of: text, position..<position + length) { return tokens[index] }
    }
    return nil
  }

  private static func pair(_ text: [UInt8], at position: Int) -> Int {
    Int(text[position]) << 8 | Int(text[position + 1])
  }

  private static func isWord(_ text: [UInt8], _ range: Range<Int>) -> Bool {
    let joinsLeft = range.lowerBound > 0 && isWordPart(text.scalar(before: range.lowerBound).scalar)
    let joinsRight =
      range.upperBound < text.count && isWordPart(text.scalar(at: range.upperBound).scalar)
    return !joinsLeft && !joinsRight
  }

  /// `\w` of Unicode's regular expressions (UTS 18, annex C).
  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    if properties.isAlphabetic || properties.isJoinControl { return true }
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      return true
    default: return false
    }
  }

  private static func spaceStart(_ text: [UInt8], _ end: Int, _ limit: Int) -> Int {
    var position = end
    while position > limit {
      let (scalar, start) = text.scalar(before: position)
      if !scalar.properties.isWhitespace { break }
      position = start
    }
    return position
  }

  private static func spaceEnd(_ text: [UInt8], _ start: Int) -> Int {
    var position = start
    while position < text.count {
      let (scalar, end) = text.scalar(at: position)
      if !scalar.properties.isWhitespace { break }
      position = end
    }
    return position
  }
}
