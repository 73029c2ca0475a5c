import Formats
package import Evaluation

/// How each variant of a table differs from the baseline, and which differences are significant.
package struct Comparison: Sendable {
  /// One variant's score in one column against the baseline's.
  package struct Cell: Sendable, Hashable {
    /// Variant − baseline, in the score's unit.
    package var change: Double
    /// (variant − baseline) / baseline; `nil` from zero.
    package var relativeChange: Double?
    /// The test on shared documents.
    package var paired: PairedComparison?
    /// Why there is no test.
    package var untested: Untested?
    /// The test's p-value after Holm's correction over all tests of the table.
    package var adjustedP: Double?

    /// `**` below 0.01, `*` below 0.05, else nothing.
    package var mark: String {
      guard let adjustedP else { return "" }
      return adjustedP < 0.01 ? "**" : adjustedP < 0.05 ? "*" : ""
    }
  }

  /// Why a difference could not be tested.
  package enum Untested: InputFailure, CaseIterable {
    /// No document answered by both variants has a value of this score.
    case noValues
    /// The mean over the documents answered by both does not equal the scores.
    case otherScores
    /// The score over some documents is not finite.
    case notFinite
  }

  package let baseline: String
  /// Rows with a baseline other than `baseline` → their baseline.
  private let baselines: [String: String]
  private var cells: [String: [ScoreColumn: Cell]] = [:]

  /// Compares every row with its baseline.
  ///
  /// - Parameters:
  ///   - baselines: rows with a baseline of their own.
  ///   - samples: variant → its answered documents; variants without samples are not tested.
  ///   - seed: seed of the bootstrap.
  package init(
    _ table: ScoreTable, samples: [String: [SampleRecord]], baseline: String,
    baselines: [String: String] = [:], seed: UInt64
  ) {
    self.baseline = baseline
    self.baselines = baselines
    let answers = samples.mapValues { records in
      Dictionary(records.map { (SampleKey($0), $0) }) { _, last in last }
    }
    var tested: [(model: String, column: ScoreColumn, p: Double)] = []
    for model in table.models {
      let baseline = baselines[model] ?? baseline
      guard model != baseline else { continue }
      for column in table.columns {
        guard let score = table.record(model, column)?.finiteValue,
          let base = table.record(baseline, column)?.finiteValue
        else { continue }
        let tasks = table.record(baseline, column)?.members ?? [column.task]
        let shared = Self.shared(answers[baseline] ?? [:], answers[model] ?? [:], tasks)
        var cell = Cell(
          change: score - base,
          relativeChange: EffectSize.relativeChange(from: base, to: score))
        switch Self.test(shared, column, scores: (base, score), seed: seed) {
        case .success(let paired):
          cell.paired = paired
          tested.append((model, column, paired.pValue))
        case .failure(let reason): cell.untested = reason
        }
        cells[model, default: [:]][column] = cell
      }
    }
    for (test, adjusted) in zip(tested, holm(tested.map(\.p))) {
      cells[test.model]?[test.column]?.adjustedP = adjusted
    }
  }

  /// The row that `model` is compared with.
  package func baseline(of model: String) -> String { baselines[model] ?? baseline }

  /// Whether rows are compared with different rows.
  var hasSeveralBaselines: Bool { Set(baselines.values).count > 1 }

  /// The comparison of `model` in `column`; `nil` for the baseline and for missing scores.
  package subscript(model: String, column: ScoreColumn) -> Cell? { cells[model]?[column] }

  /// Both variants' records of documents whose prompts are the same, by task and document.
  private static func shared(
    _ baseline: [SampleKey: SampleRecord], _ variant: [SampleKey: SampleRecord], _ tasks: [String]
  ) -> [(baseline: SampleRecord, variant: SampleRecord)] {
    let tasks = Set(tasks)
    return baseline.keys.filter { tasks.contains($0.task) }
      .sorted { ($0.task, $0.documentID) < ($1.task, $1.documentID) }
      .compactMap { key in
        guard let first = baseline[key], let second = variant[key],
          first.promptDigest == second.promptDigest
        else { return nil }
        return (first, second)
      }
  }

  /// The test that suits how the column's scores are computed from documents.
  private static func test(
    _ shared: [(baseline: SampleRecord, variant: SampleRecord)], _ column: ScoreColumn,
    scores: (Double, Double), seed: UInt64
  ) -> Result<PairedComparison, Untested> {
    let pairs = shared.compactMap { first, second -> (baseline: Double, variant: Double)? in
      guard let a = first.value(column.metric, filter: column.filter),
        let b = second.value(column.metric, filter: column.filter), a.isFinite, b.isFinite
      else { return nil }
      return (a, b)
    }
    let all = Array(pairs.indices)
    let count = Double(pairs.count)
    guard let paired = PairedComparison(pairs, seed: seed) else { return .failure(.noValues) }
    let means = pairs.reduce((0.0, 0.0)) { ($0.0 + $1.baseline / count, $0.1 + $1.variant / count) }
    if near(means.0, scores.0), near(means.1, scores.1) { return .success(paired) }
    // A corpus metric such as perplexity: its own pooling over resampled documents.
    guard let metric = Metric.all.first(where: { $0.name == column.metric }),
      let baseline = metric.pooled(shared.map(\.baseline), filter: column.filter),
      let variant = metric.pooled(shared.map(\.variant), filter: column.filter),
      shared.count == pairs.count, near(baseline(all), scores.0), near(variant(all), scores.1)
    else { return .failure(.otherScores) }
    let resampled = PairedComparison(
      baseline: baseline, variant: variant, documents: pairs.count, seed: seed)
    return resampled.map { .success($0) } ?? .failure(.notFinite)
  }

  private static func near(_ a: Double, _ b: Double) -> Bool {
    abs(a - b) <= 1e-9 + 1e-6 * abs(b)
  }
}

private struct SampleKey: Hashable {
  let task: String
  let documentID: Int
  init(_ record: SampleRecord) { (task, documentID) = (record.task, record.documentID) }
}

extension ScoreRecord {
  /// The value if it is present and finite.
  var finiteValue: Double? { value.flatMap { $0.isFinite ? $0 : nil } }
}
