import Formats
import Foundation
import PythonText

/// How the documents' values become one number (`aggregation`).
package enum Pooling: String, Sendable, CaseIterable {
  case mean
  /// The upper one of two middle values.
  case median
  /// The mean of the values that are numbers.
  case nanmean
  /// exp(−mean log-likelihood)
  case perplexity
  /// exp(−Σ log-likelihood / Σ words or bytes)
  case weightedPerplexity = "weighted_perplexity"
  /// −Σ log-likelihood / Σ bytes / ln 2
  case bitsPerByte = "bits_per_byte"
  /// Of the answer 1 among answers 0 and 1.
  case f1
  case matthewsCorrelation = "matthews_corrcoef"
  /// Mean over documents of Σ (probability − [right])² over the choices.
  case brierScore = "brier_score"
  case bleu, chrf
  case chrfWithWords = "chrf++"
  case ter

  /// What a document must have for it.
  enum Kind: Sendable {
    case number
    /// A sum of log-likelihoods and what it is divided by.
    case weighted
    /// The right choice and the chosen one.
    case labels
    case squaredErrors
    /// Counts of a `TextMetric`.
    case counts
  }

  var kind: Kind {
    switch self {
    case .mean, .median, .nanmean, .perplexity: .number
    case .weightedPerplexity, .bitsPerByte: .weighted
    case .f1, .matthewsCorrelation: .labels
    case .brierScore: .squaredErrors
    case .bleu, .chrf, .chrfWithWords, .ter: .counts
    }
  }

  /// Whether generated texts are compared with their references as wholes.
  package var comparesTexts: Bool { textMetric != nil }

  /// What counts for it, where texts are compared.
  var textMetric: TextMetric? { TextMetric.all.first { $0.name == rawValue } }

  /// Where its standard error comes from.
  enum ErrorSource: Sendable {
    case none, formula
    /// - Parameter most: resamples at most.
    case bootstrap(most: Int)
  }

  var error: ErrorSource {
    switch self {
    case .mean: .formula
    case .median, .nanmean, .perplexity, .f1, .matthewsCorrelation: .bootstrap(most: .max)
    // As few as the harness takes, because there each one compares all texts again.
    case .bleu, .chrf, .chrfWithWords, .ter: .bootstrap(most: 100)
    case .weightedPerplexity, .bitsPerByte, .brierScore: .none
    }
  }

  /// The pooled number of any documents.
  ///
  /// - Parameter rows: for each document its value, then its companions.
  /// - Throws: where the values do not allow it.
  func statistic(_ rows: [[Double]]) throws(TemplateFault) -> Statistic {
    if let textMetric { return textMetric.statistic(rows) }
    let values = rows.map { $0[0] }
    switch self {
    case .mean, .brierScore, .bleu, .chrf, .chrfWithWords, .ter: return .mean(values)
    case .median: return .median(values)
    case .nanmean:
      return Statistic { drawn in
        let numbers = drawn.map { values[$0] }.filter { !$0.isNaN }
        return numbers.reduce(0, +) / Double(numbers.count)
      }
    case .perplexity:
      let mean = Statistic.mean(values)
      return Statistic { PortableMath.exp(-mean.value($0)) }
    case .weightedPerplexity, .bitsPerByte:
      let weights = rows.map { $0[1] }
      guard weights.reduce(0, +) > 0 else { throw TemplateFault("the texts are empty") }
      let isRate = self == .bitsPerByte
      return Statistic { drawn in
        let sums = drawn.reduce(into: (0.0, 0.0)) { sums, index in
          sums.0 += values[index]
          sums.1 += weights[index]
        }
        let mean = sums.0 / sums.1
        return isRate ? -mean / PortableMath.log(2) : PortableMath.exp(-mean)
      }
    case .f1: return try LabelPairs(gold: values, predicted: rows.map { $0[1] }).f1()
    case .matthewsCorrelation:
      return LabelPairs(gold: values, predicted: rows.map { $0[1] }).matthewsCorrelation()
    }
  }
}

/// A number that is made from some of a task's documents.
struct Statistic: Sendable {
  /// - Parameter: positions of documents, which may repeat.
  let value: @Sendable ([Int]) -> Double

  static func mean(_ values: [Double]) -> Statistic {
    Statistic { drawn in
      var sum = 0.0
      for index in drawn { sum += values[index] }
      return sum / Double(drawn.count)
    }
  }

  /// Counts ranks instead of sorting each time.
  static func median(_ values: [Double]) -> Statistic {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = Array(repeating: 0, count: values.count)
    for (rank, index) in order.enumerated() { ranks[index] = rank }
    let drawnRanks = ranks
    return Statistic { drawn in
      var counts = Array(repeating: 0, count: order.count)
      for index in drawn { counts[drawnRanks[index]] += 1 }
      var left = drawn.count / 2
      for (rank, count) in counts.enumerated() {
        left -= count
        if left < 0 { return values[order[rank]] }
      }
      return .nan
    }
  }
}

/// Right and chosen answers of documents, counted as pairs.
private struct LabelPairs {
  private let labels: [Double]
  /// For each document, gold · labels + predicted, as positions in `labels`.
  private let pairs: [Int]

  init(gold: [Double], predicted: [Double]) {
    let labels = Set(gold + predicted).sorted()
    let positions = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    self.labels = labels
    pairs = zip(gold, predicted).map { gold, predicted in
      (positions[gold] ?? 0) * labels.count + (positions[predicted] ?? 0)
    }
  }

  private func counts(_ drawn: [Int]) -> [Int] {
    var counts = Array(repeating: 0, count: labels.count * labels.count)
    for index in drawn { counts[pairs[index]] += 1 }
    return counts
  }

  /// 2 · hits / (right ones + chosen ones); 0 where there are neither.
  func f1() throws(TemplateFault) -> Statistic {
    guard labels.count <= 2, labels.count < 2 || labels.contains(1) else {
      throw TemplateFault(
        "f1 is of the answer 1 and one other; the answers are "
          + labels.prefix(10).map { String(Int($0)) }.joined(separator: ", "))
    }
    guard let one = labels.firstIndex(of: 1) else { return Statistic { _ in 0 } }
    let size = labels.count
    return Statistic { drawn in
      let counts = self.counts(drawn)
      let right = (0..<size).reduce(0) { $0 + counts[one * size + $1] }
      let chosen = (0..<size).reduce(0) { $0 + counts[$1 * size + one] }
      guard right + chosen > 0 else { return 0 }
      return Double(2 * counts[one * size + one]) / Double(right + chosen)
    }
  }

  /// Of any number of labels; 0 where all documents have one.
  ///
  /// Gorodkin 2004, https://doi.org/10.1016/j.compbiolchem.2004.09.006
  func matthewsCorrelation() -> Statistic {
    let size = labels.count
    return Statistic { drawn in
      let counts = self.counts(drawn).map(Double.init)
      let all = Double(drawn.count)
      var (hits, products, goldSquares, chosenSquares) = (0.0, 0.0, 0.0, 0.0)
      for label in 0..<size {
        var (gold, chosen) = (0.0, 0.0)
        for other in 0..<size {
          gold += counts[label * size + other]
          chosen += counts[other * size + label]
        }
        hits += counts[label * size + label]
        products += gold * chosen
        goldSquares += gold * gold
        chosenSquares += chosen * chosen
      }
      let spread = (all * all - chosenSquares) * (all * all - goldSquares)
      return spread == 0 ? 0 : (hits * all - products) / spread.squareRoot()
    }
  }
}
