import PythonText

extension TextMetric {
  /// TER: edits that make a text its reference, moving a stretch of words counting as one, per word
  /// of the reference. Words are lowercase.
  ///
  /// Snover et al. 2006, https://aclanthology.org/2006.amta-papers.25; limits and order of tries as
  /// in its program Tercom. Counts: edits and words of the reference.
  static let ter = TextMetric(
    name: "ter", size: 2,
    count: { (text, reference) throws(TemplateFault) in
      let words = text.lowercasedAsPython.splitAtSpace()
      let right = reference.lowercasedAsPython.splitAtSpace()
      return [Double(try TranslationEditRate.edits(words, right)), Double(right.count)]
    },
    score: { counts in
      counts[1] > 0 ? 100 * (counts[0] / counts[1]) : counts[0] > 0 ? 100 : 0
    })
}

/// The fewest edits that a greedy search for moves finds.
struct TranslationEditRate {
  private static let longestMove = 9
  private static let farthestMove = 50
  private static let moveLimit = 1000

  static func edits(_ words: [String], _ reference: [String]) throws(TemplateFault) -> Int {
    guard !reference.isEmpty else { return words.count }
    var numbers: [String: Int] = [:]
    func number(_ word: String) -> Int {
      if let number = numbers[word] { return number }
      numbers[word] = numbers.count
      return numbers.count - 1
    }
    var search = TranslationEditRate(reference: reference.map(number))
    return try search.edits(words.map(number))
  }

  private let reference: [Int]
  private var distance: BandedEditDistance
  /// Moves tried so far.
  private var tried = 0

  private init(reference: [Int]) {
    self.reference = reference
    distance = BandedEditDistance(reference: reference)
  }

  private mutating func edits(_ start: [Int]) throws(TemplateFault) -> Int {
    var words = start
    var moves = 0
    while let better = try bestMove(of: words), tried < Self.moveLimit, better.gain > 0 {
      words = better.words
      moves += 1
    }
    return moves + (try distance.measure(words).edits)
  }

  /// A stretch of words moved elsewhere.
  private struct Move {
    var gain: Int
    var length: Int
    var start: Int
    var target: Int
    var words: [Int]

    /// The largest gain counts first, then the longest stretch, the earliest, the nearest target.
    func isBetter(than other: Move) -> Bool {
      (gain, length, -start, -target) > (other.gain, other.length, -other.start, -other.target)
    }
  }

  private mutating func bestMove(of words: [Int]) throws(TemplateFault) -> Move? {
    let now = try distance.measure(words)
    let alignment = Alignment(now.steps)
    var best: Move?
    for start in words.indices {
      for match in reference.indices where abs(match - start) <= Self.farthestMove {
        let longest = commonLength(words, start, match)
        for length in stride(from: 1, through: longest, by: 1) {
          guard alignment.wordErrors[start..<(start + length)].contains(true),
            alignment.referenceErrors[match..<(match + length)].contains(true),
            !(start..<(start + length)).contains(alignment.words[match])
          else { continue }
          for target in targets(match, length, alignment) {
            let moved = Self.move(words, from: start, length: length, to: target)
            let gain = now.edits - (try distance.measure(moved).edits)
            let move = Move(
              gain: gain, length: length, start: start, target: target, words: moved)
            tried += 1
            if best.map(move.isBetter) ?? true { best = move }
          }
          if tried >= Self.moveLimit { return best }
        }
      }
    }
    return best
  }

  /// Words that are the same from two positions on, up to the longest stretch that is moved.
  private func commonLength(_ words: [Int], _ start: Int, _ match: Int) -> Int {
    let limit = min(Self.longestMove, words.count - start, reference.count - match)
    var length = 0
    while length < limit, words[start + length] == reference[match + length] { length += 1 }
    return length
  }

  /// Where a stretch may go: behind the words that are aligned around its place in the reference.
  private func targets(_ match: Int, _ length: Int, _ alignment: Alignment) -> [Int] {
    var targets: [Int] = []
    for place in (match - 1)..<(match + length) {
      let target = place < 0 ? 0 : alignment.words[place] + 1
      if target != targets.last { targets.append(target) }
    }
    return targets
  }

  private static func move(
    _ words: [Int], from start: Int, length: Int, to target: Int
  ) -> [Int] {
    let stretch = words[start..<(start + length)]
    var rest = words
    rest.removeSubrange(start..<(start + length))
    // A target inside the stretch counts from its start.
    let place = target < start ? target : target > start + length ? target - length : target
    rest.insert(contentsOf: stretch, at: min(place, rest.count))
    return rest
  }
}

/// Which word stands for which of the reference, and where they differ.
private struct Alignment {
  /// For each word of the reference the position of its word, or of the last one before; −1 for
  /// none.
  private(set) var words: [Int] = []
  private(set) var wordErrors: [Bool] = []
  private(set) var referenceErrors: [Bool] = []

  init(_ steps: [BandedEditDistance.Step]) {
    for step in steps {
      if step != .missing { wordErrors.append(step != .same) }
      if step != .extra {
        words.append(wordErrors.count - 1)
        referenceErrors.append(step != .same)
      }
    }
  }
}
