import Formats
import PythonText

/// A score of whole collections of texts, made from numbers that are counted for each text and
/// summed.
struct TextMetric: Sendable {
  let name: String
  /// How many numbers are counted.
  let size: Int
  /// Counts for one text and its reference.
  let count: @Sendable (_ text: String, _ reference: String) throws(TemplateFault) -> [Double]
  /// The score of summed counts, 0…100.
  let score: @Sendable ([Double]) -> Double

  static let all: [TextMetric] = [.bleu, .chrF, .chrFWithWords, .ter]

  /// Names under which a document's counts are stored.
  var companions: [String] { (1...size).map { "\(name)_\($0)" } }

  /// A document's own score under the metric's name, and its counts.
  ///
  /// - Parameter name: of the metric that is pooled by this one.
  func values(
    _ name: String, _ response: Value, _ references: Question.References
  ) throws(TemplateFault) -> [String: Double] {
    guard case .one(let reference) = references else {
      throw TemplateFault("\(name) compares with one reference; the harness cannot take several")
    }
    let responses = response.items ?? [response]
    guard responses.count == 1, let text = responses[0].stringValue else {
      throw TemplateFault("\(name) needs one text, found \(response.representation)")
    }
    let counts = try count(text, reference.text)
    precondition(counts.count == size, "\(counts.count) counts of \(self.name), \(size) expected")
    var values = Dictionary(uniqueKeysWithValues: zip(companions, counts))
    values[name] = score(counts)
    return values
  }

  /// - Parameter rows: a document's value, which is not used, and its counts.
  func statistic(_ rows: [[Double]]) -> Statistic {
    Statistic { [size, score] drawn in
      var sums = Array(repeating: 0.0, count: size)
      for index in drawn {
        for position in 0..<size { sums[position] += rows[index][position + 1] }
      }
      return score(sums)
    }
  }
}

/// How often each of some pieces occurs.
struct PieceCounts<Piece: Hashable> {
  private(set) var counts: [Piece: Int] = [:]
  private(set) var total = 0

  init(_ pieces: some Sequence<Piece>) {
    for piece in pieces {
      counts[piece, default: 0] += 1
      total += 1
    }
  }

  /// Occurrences that both have.
  func common(with other: PieceCounts) -> Int {
    counts.reduce(0) { $0 + min($1.value, other.counts[$1.key] ?? 0) }
  }
}

extension Array {
  /// All stretches of `length` elements.
  func stretches(_ length: Int) -> [ArraySlice<Element>] {
    length > count ? [] : (0...(count - length)).map { self[$0..<($0 + length)] }
  }
}
