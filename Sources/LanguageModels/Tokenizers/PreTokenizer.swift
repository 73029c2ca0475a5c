/// Cuts text into the words that byte-pair encoding works on.
indirect enum PreTokenizer: Sendable {
  case sequence([PreTokenizer])
  case split(TextPattern, SplitBehavior, inverted: Bool)
  case digits(individual: Bool)
  /// Words written in `ByteAlphabet`; the last one of a sequence.
  case byteLevel(addsPrefixSpace: Bool, usesPattern: Bool)
  case metaspace(Metaspace)

  /// Whether words reach the model as bytes in `ByteAlphabet`.
  var isBytewise: Bool {
    switch self {
    case .byteLevel: true
    case .sequence(let steps): steps.last?.isBytewise ?? false
    default: false
    }
  }

  /// Cuts the pieces of `text` further.
  func apply(to text: inout PreTokenizedText) {
    switch self {
    case .sequence(let steps):
      for step in steps { step.apply(to: &text) }
    case .split(let pattern, let behavior, let inverted):
      text.split { bytes, range in
        behavior.pieces(
          of: range, matches: pattern.matches(in: bytes, range), inverted: inverted)
      }
    case .digits(let individual):
      text.split { Self.digitPieces($0, $1, individual: individual) }
    case .byteLevel(let addsPrefixSpace, let usesPattern):
      if addsPrefixSpace {
        text.rewrite { piece, _ in piece.first == UInt8(ascii: " ") ? piece : " ".utf8 + piece }
      }
      if usesPattern {
        let words = TextPattern.words(.gpt2)
        text.split { words.matches(in: $0, $1) }
      }
    case .metaspace(let metaspace):
      text.rewrite { metaspace.marked($0, isStart: $1) }
      if metaspace.splits {
        let mark = TextPattern.literal(metaspace.replacement)
        text.split { bytes, range in
          SplitBehavior.mergedWithNext.pieces(
            of: range, matches: mark.matches(in: bytes, range), inverted: false)
        }
      }
    }
  }

  private static func digitPieces(
    _ bytes: [UInt8], _ range: Range<Int>, individual: Bool
  ) -> [Range<Int>] {
    var matches: [Range<Int>] = []
    var position = range.lowerBound
    while position < range.upperBound {
      let (scalar, end) = bytes.scalar(at: position)
      if ScalarClass(scalar) == .number { matches.append(position..<end) }
      position = end
    }
    let behavior = individual ? SplitBehavior.isolated : .contiguous
    return behavior.pieces(of: range, matches: matches, inverted: false)
  }
}

/// Spaces written as a visible mark, which may also be put in front of the text.
struct Metaspace: Sendable {
  enum Prepending: String, CaseIterable {
    case always, first, never
  }

  let replacement: [UInt8]
  let prepending: Prepending
  let splits: Bool

  /// - Parameter isStart: whether the whole text starts with `piece`.
  func marked(_ piece: [UInt8], isStart: Bool) -> [UInt8] {
    let marked = piece.replacing([UInt8(ascii: " ")], with: replacement)
    let prepends = prepending == .always || prepending == .first && isStart
    return prepends && !marked.starts(with: replacement) ? replacement + marked : marked
  }
}

/// Text on its way into words.
struct PreTokenizedText {
  private(set) var bytes: [UInt8]
  /// Where the pieces are in `bytes`, in order; none is empty.
  private(set) var pieces: [Range<Int>]
  /// Whether the first piece is the start of the whole text.
  private let isStart: Bool

  init(_ bytes: [UInt8], isStart: Bool) {
    self.bytes = bytes
    self.isStart = isStart
    pieces = bytes.isEmpty ? [] : [0..<bytes.count]
  }

  mutating func split(_ body: ([UInt8], Range<Int>) -> [Range<Int>]) {
    pieces = pieces.flatMap { body(bytes, $0) }
  }

  /// Replaces each piece by `body(piece, whether the whole text starts with it)`.
  mutating func rewrite(_ body: ([UInt8], Bool) -> [UInt8]) {
    var rewritten: [UInt8] = []
    rewritten.reserveCapacity(bytes.count + pieces.count)
    pieces = pieces.map { piece in
      let start = rewritten.count
      rewritten += body(Array(bytes[piece]), isStart && piece.lowerBound == 0)
      return start..<rewritten.count
    }
    bytes = rewritten
  }
}

extension [UInt8] {
  /// Replaces each occurrence of `old`, left to right.
  func replacing(_ old: [UInt8], with new: [UInt8]) -> [UInt8] {
    let matches = TextPattern.literal(old).matches(in: self, indices)
    return matches.isEmpty ? self : replacing(matches, with: new)
  }

  func replacing(_ ranges: [Range<Int>], with new: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var position = 0
    for range in ranges {
      result += self[position..<range.lowerBound]
      result += new
      position = range.upperBound
    }
    return result + self[position...]
  }
}
