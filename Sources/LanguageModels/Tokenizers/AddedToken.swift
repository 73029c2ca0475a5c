/// A token that is looked for in the text before anything else is done to it.
struct AddedToken: Sendable, Equatable {
  var id: Int
  var content: [UInt8]
  /// Whether it swallows white space on its left, on its right.
  var stripsLeft = false
  var stripsRight = false
  /// Whether it only counts between non-word characters.
  var isSingleWord = false
  /// Whether it is looked for after normalisation.
  var isNormalized = false
  /// Whether decoding may leave it out.
  var isSpecial = false
}

/// Finds added tokens in text: the leftmost, and of these the longest.
struct AddedTokenFinder: Sendable {
  enum Segment: Equatable {
    case text(Range<Int>)
    case token(Int)
  }

  /// By first byte, longest first.
  private var tokens: [[AddedToken]] = [[AddedToken]](repeating: [], count: 256)
  private let isEmpty: Bool

  init(_ tokens: [AddedToken]) {
    isEmpty = tokens.allSatisfy(\.content.isEmpty)
    for token in tokens {
      if let first = token.content.first { self.tokens[Int(first)].append(token) }
    }
    for first in self.tokens.indices {
      self.tokens[first].sort { $0.content.count > $1.content.count }
    }
  }

  /// Cuts `text` into tokens and what is between them.
  func segments(of text: [UInt8]) -> [Segment] {
    if isEmpty { return text.isEmpty ? [] : [.text(text.indices)] }
    var result: [Segment] = []
    var textStart = 0
    var position = 0
    while position < text.count {
      guard let token = token(in: text, at: position) else {
        position += 1
        continue
      }
      let end = position + token.content.count
      if !token.isSingleWord || Self.isWord(text, position..<end) {
        let start = token.stripsLeft ? Self.spaceStart(text, position, textStart) : position
        if textStart < start { result.append(.text(textStart..<start)) }
        result.append(.token(token.id))
        textStart = token.stripsRight ? Self.spaceEnd(text, end) : end
      }
      position = max(end, textStart)
    }
    if textStart < text.count { result.append(.text(textStart..<text.count)) }
    return result
  }

  private func token(in text: [UInt8], at position: Int) -> AddedToken? {
    let candidates = tokens[Int(text[position])]
    return candidates.isEmpty ? nil : candidates.first { text[position...].starts(with: $0.content) }
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
