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

  /// Whether something goes before the start of a text only.
  var marksStart: Bool {
    switch self {
    case .sequence(let steps): steps.contains(where: \.marksStart)
    case .metaspace(let metaspace): metaspace.prepending == .first
    default: false
    }
  }

  /// The same, with or without a space before what is written in `ByteAlphabet`.
  func prefixing(_ adds: Bool) -> PreTokenizer {
    switch self {
    case .sequence(let steps): .sequence(steps.map { $0.prefixing(adds) })
    case .byteLevel(_, let usesPattern): .byteLevel(addsPrefixSpace: adds, usesPattern: usesPattern)
    default: self
    }
  }

  /// Cuts the pieces of `text` further.
  ///
  /// - Throws: `TokenizerError.tooCostly` where the budget does not suffice.
  func apply(
    to text: inout PreTokenizedText, _ budget: inout EncodingBudget
  ) throws(TokenizerError) {
    switch self {
    case .sequence(let steps):
      for step in steps { try step.apply(to: &text, &budget) }
    case .split(let pattern, let behavior, let inverted):
      try text.split { bytes, range throws(TokenizerError) in
        behavior.pieces(
          of: range, matches: try pattern.matches(in: bytes, range, &budget), inverted: inverted)
      }
    case .digits(let individual):
      text.split { Self.digitPieces($0, $1, individual: individual) }
    case .byteLevel(let addsPrefixSpace, let usesPattern):
      if addsPrefixSpace {
        text.rewrite { piece, _ in piece.first == UInt8(ascii: " ") ? piece : " ".utf8 + piece }
      }
      if usesPattern { text.split { WordPattern.gpt2.words(in: $0, $1) } }
    case .metaspace(let metaspace):
      text.rewrite { metaspace.marked($0, isStart: $1) }
      if metaspace.splits {
        text.split { bytes, range in
          SplitBehavior.mergedWithNext.pieces(
            of: range, matches: bytes.occurrences(of: metaspace.replacement, range),
            inverted: false)
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

  mutating func split<Failure>(
    _ body: ([UInt8], Range<Int>) throws(Failure) -> [Range<Int>]
  ) throws(Failure) {
    var parts: [Range<Int>] = []
    parts.reserveCapacity(pieces.count)
    for piece in pieces { parts += try body(bytes, piece) }
    pieces = parts
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
