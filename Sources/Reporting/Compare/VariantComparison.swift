import Evaluation

/// Compares two variants: every score's difference with its uncertainty, and the questions that only
/// one of them answers correctly.
package struct VariantComparison: Sendable {
  /// A question whose right/wrong score changed.
  package struct Flip: Sendable, Hashable {
    package let column: ScoreColumn
    package let documentID: Int
    /// The correct answer, as recorded in samples.
    package let target: String
    /// Whether the second variant is the correct one.
    package let isGained: Bool
  }

  package let first: ScoredVariant
  package let second: ScoredVariant
  package let table: ScoreTable
  private let comparison: Comparison
  /// By column, then by document.
  package let flips: [Flip]

  /// - Parameters:
  ///   - first: the baseline.
  ///   - seed: seed of the bootstrap.
  package init(_ first: ScoredVariant, _ second: ScoredVariant, seed: UInt64) {
    // Row names must be unique.
    let isDoubled = first.name == second.name
    self.first = first.named(isDoubled ? "\(first.name) (A)" : first.name)
    self.second = second.named(isDoubled ? "\(second.name) (B)" : second.name)
    table = ScoreTable(self.first.scores + self.second.scores)
    comparison = Comparison(
      table,
      samples: [self.first.name: self.first.samples, self.second.name: self.second.samples],
      baseline: self.first.name, seed: seed)
    let columns = table.columns
    flips = Self.flips(first.samples, second.samples, columns)
  }

  /// The second variant compared with the first; `nil` if one has no score.
  package subscript(column: ScoreColumn) -> Comparison.Cell? {
    comparison[second.name, column]
  }

  /// Reasons why numbers cannot be compared.
  package var notes: [String] {
    let known = Dictionary(
      first.samples.map { ("\($0.task)/\($0.documentID)", $0.promptDigest) },
      uniquingKeysWith: { $1 })
    var others: [String: Int] = [:]
    for sample in second.samples {
      let digest = known["\(sample.task)/\(sample.documentID)"]
      if let digest, digest != sample.promptDigest { others[sample.task, default: 0] += 1 }
    }
    return table.warnings
      + others.keys.sorted().map {
        "\($0): \(others[$0, default: 0]) questions were asked with other prompts; they are not paired"
      }
      + table.columns.compactMap { column in
        for variant in [first, second] where table.record(variant.name, column) == nil {
          return "\(table.title(column)): \(variant.name) has no score"
        }
        return nil
      }
  }

  private static func flips(
    _ first: [SampleRecord], _ second: [SampleRecord], _ columns: [ScoreColumn]
  ) -> [Flip] {
    struct Key: Hashable {
      let task: String
      let documentID: Int
    }
    let before = Dictionary(
      first.map { (Key(task: $0.task, documentID: $0.documentID), $0) }, uniquingKeysWith: { $1 })
    let sorted = second.sorted { $0.documentID < $1.documentID }
    return columns.flatMap { column -> [Flip] in
      sorted.compactMap { sample in
        guard sample.task == column.task,
          let other = before[Key(task: sample.task, documentID: sample.documentID)],
          other.promptDigest == sample.promptDigest,
          let a = other.value(column.metric, filter: column.filter),
          let b = sample.value(column.metric, filter: column.filter),
          [0, 1].contains(a), [0, 1].contains(b), a != b
        else { return nil }
        return Flip(
          column: column, documentID: sample.documentID, target: sample.target, isGained: b == 1)
      }
    }
  }
}
