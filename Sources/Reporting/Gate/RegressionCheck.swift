package import Evaluation
import Foundation

/// Compares a run's scores with a baseline, row by row.
package struct RegressionCheck: Sendable {
  package enum Outcome: String, Sendable {
    case passed
    /// Outside its tolerance.
    case failed
    /// In the baseline but not in the run.
    case missing
    /// In the run but not in the baseline.
    case new
    /// Not finite, although the baseline has a number.
    case notANumber = "not_a_number"
    /// Different task version, number of few-shot examples or number of documents.
    case incomparable
  }

  package struct Row: Sendable {
    package let model: String
    package let column: ScoreColumn
    package let outcome: Outcome
    package let baseline: Double?
    package let value: Double?
    package let tolerance: Tolerance?
    /// Holm-corrected p-value of a test for being worse.
    package let p: Double?
    /// What is wrong or notable, and what to do.
    package let message: String

    package var name: String { "\(model) / \(column.name)" }
    package var fails: Bool { outcome != .passed && outcome != .new }
    package var change: Double? {
      guard let baseline, let value else { return nil }
      return value - baseline
    }
  }

  package let name: String
  package let rows: [Row]
  /// Settings, inputs or versions that differ from the baseline's.
  package let warnings: [String]

  package var failures: [Row] { rows.filter(\.fails) }
  package var passes: Bool { failures.isEmpty }

  /// - Parameters:
  ///   - records: the run's scores.
  ///   - samples: variant → its answered documents, for paired tests.
  ///   - provenance: the run's inputs and environment.
  package init(
    records: [ScoreRecord], samples: [String: [SampleRecord]], baseline: Baseline,
    provenance: Baseline.Provenance? = nil
  ) {
    name = baseline.name
    let found = Dictionary(
      records.map { (Key($0), $0) }, uniquingKeysWith: { $1 })
    let known = Set(baseline.scores.map(Key.init))
    var drafts = baseline.scores.map { score in
      Self.draft(score, found[Key(score)], samples, baseline.tolerance(score))
    }
    // Correct for multiple tests.
    let tested = drafts.indices.filter { drafts[$0].p != nil }
    for (index, p) in zip(tested, holm(tested.compactMap { drafts[$0].p })) {
      drafts[index].p = p
    }
    let news = records.filter { !known.contains(Key($0)) }.map { record in
      Row(
        model: record.model, column: ScoreColumn(record), outcome: .new, baseline: nil,
        value: record.finiteValue, tolerance: nil, p: nil,
        message: "not in the baseline; 'baseline update' adds it")
    }
    rows = drafts.map(\.row) + news
    warnings = provenance.map { Self.differences($0, baseline.provenance) } ?? []
  }

  // MARK: One row

  /// A row whose p-value has not been corrected yet.
  private struct Draft {
    let score: Baseline.Score
    let record: ScoreRecord?
    let tolerance: Tolerance
    /// Why the row fails regardless of its value.
    let problem: (outcome: Outcome, message: String)?
    var p: Double?
    let test: String

    var row: Row {
      let value = record?.finiteValue
      func row(_ outcome: Outcome, _ message: String) -> Row {
        Row(
          model: score.model,
          column: ScoreColumn(task: score.task, metric: score.metric, filter: score.filter),
          outcome: outcome, baseline: score.value, value: value, tolerance: tolerance, p: p,
          message: message)
      }
      if let problem { return row(problem.outcome, problem.message) }
      guard let before = score.value, let value else {
        return row(.passed, "no score, as in the baseline")
      }
      let isWorse = score.higherIsBetter ? value < before : value > before
      let passes =
        switch tolerance.kind {
        case .notSignificantlyWorse: !isWorse || (p ?? 0) >= tolerance.value
        case .absolute:
          tolerance.onlyWorse && !isWorse || abs(value - before) <= tolerance.value
        case .relative:
          tolerance.onlyWorse && !isWorse
            || abs(value - before) <= tolerance.value * abs(before)
        }
      let how =
        "\(before) → \(value), allowed: \(tolerance.description)"
        + (p.map { String(format: ", p = %.4g (%@)", $0, test) } ?? "")
      return row(passes ? .passed : .failed, how)
    }
  }

  private static func draft(
    _ score: Baseline.Score, _ record: ScoreRecord?, _ samples: [String: [SampleRecord]],
    _ tolerance: Tolerance
  ) -> Draft {
    let problem = problem(score, record)
    var (p, test): (Double?, String) = (nil, "")
    if problem == nil, tolerance.kind == .notSignificantlyWorse, let record {
      (p, test) = self.test(score, record, samples[score.model] ?? [])
    }
    return Draft(
      score: score, record: record, tolerance: tolerance, problem: problem, p: p, test: test)
  }

  private static func problem(
    _ score: Baseline.Score, _ record: ScoreRecord?
  ) -> (outcome: Outcome, message: String)? {
    guard let record else {
      return (.missing, "the run lacks this score; score it, or remove it with 'baseline update'")
    }
    if record.taskVersion != score.taskVersion {
      return other("task version", score.taskVersion, record.taskVersion)
    }
    if record.fewShot != score.fewShot {
      return other("number of examples", "\(score.fewShot)", "\(record.fewShot)")
    }
    if score.value != nil, record.finiteValue == nil {
      let shown = record.value.map { "the score is \($0)" }
      return (.notANumber, shown ?? record.reason ?? "the run has no number and no reason")
    }
    if score.value == nil, record.finiteValue != nil {
      return (.incomparable, "the baseline has no score here; 'baseline update' adds it")
    }
    // 0 if a file of the harness does not record it.
    if record.documents != score.documents, record.documents > 0, score.documents > 0 {
      return other("number of documents", "\(score.documents)", "\(record.documents)")
    }
    return nil
  }

  private static func other(
    _ what: String, _ before: String, _ now: String
  ) -> (outcome: Outcome, message: String) {
    (
      .incomparable,
      "\(what) was \(before), is \(now): another measurement; baseline update takes it in"
    )
  }

  /// Two-sided p-value of the change and the name of its test; 0 if no test is possible.
  private static func test(
    _ score: Baseline.Score, _ record: ScoreRecord, _ samples: [SampleRecord]
  ) -> (Double, String) {
    if let before = score.answers, let now = BinaryAnswers(record, samples),
      now.questions == score.questions, before.utf8.count == now.text.utf8.count
    {
      let pairs = zip(before.utf8, now.text.utf8)
      let (gained, lost) = (pairs.count { $0 < $1 }, pairs.count { $0 > $1 })
      return (mcnemar(gained: gained, lost: lost), "McNemar, \(gained) gained, \(lost) lost")
    }
    if let value = record.finiteValue, let before = score.value, value == before {
      return (1, "no change")
    }
    guard let value = record.finiteValue, let before = score.value,
      let first = score.standardError, let second = record.standardError, second.isFinite
    else { return (0, "no standard error to test with") }
    return (
      unpairedP(difference: value - before, standardErrors: (first, second)), "z, unpaired"
    )
  }

  // MARK: Settings

  private static func differences(
    _ run: Baseline.Provenance, _ baseline: Baseline.Provenance
  ) -> [String] {
    var warnings: [String] = []
    if let before = baseline.experiment, let now = run.experiment, before != now {
      let (old, new) = (lines(before), lines(now))
      let changed =
        new.filter { !old.contains($0) } + old.filter { !new.contains($0) }.map { "not " + $0 }
      warnings.append("settings differ from the baseline's: " + changed.joined(separator: "; "))
    }
    for (file, digest) in baseline.inputs.sorted(by: { $0.key < $1.key }) {
      if let other = run.inputs[file], other != digest {
        warnings.append("\(file) is another file than the baseline's")
      }
    }
    for (name, version) in baseline.versions.sorted(by: { $0.key < $1.key }) {
      if let other = run.versions[name], other != version {
        warnings.append("\(name) is \(other), was \(version)")
      }
    }
    return warnings
  }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
  }
}

/// Identifies a row.
private struct Key: Hashable {
  let model, task, metric, filter: String

  init(_ record: ScoreRecord) {
    (model, task, metric, filter) = (record.model, record.task, record.metric, record.filter)
  }

  init(_ score: Baseline.Score) {
    (model, task, metric, filter) = (score.model, score.task, score.metric, score.filter)
  }
}
