package import Evaluation

/// The input of a format: a table, its comparison with a baseline, and notes.
package struct Report: Sendable {
  package let title: String
  package let table: ScoreTable
  package let comparison: Comparison
  /// Variant → label of its block of rows.
  package let groups: [String: String]
  /// Columns whose mean is shown as the last column; empty for none.
  package let meanColumns: [ScoreColumn]
  /// Sentences from the caller, printed below the table.
  package let notes: [String]
  /// Row → a note beside its name.
  package let rowNotes: [String: String]
  /// Whether tables for reading have a row for each column, and a column for each variant.
  package let columnsAreRows: Bool

  /// - Parameters:
  ///   - records: one per score; their order is the order of rows and columns.
  ///   - samples: variant → answered documents, for paired tests.
  ///   - baseline: variant that changes are relative to.
  ///   - baselines: variants with a baseline of their own.
  ///   - groups: variant → label of its block of rows.
  ///   - columnTitles: what columns are called; task and metric where there is none.
  ///   - columnsAreRows: whether tables for reading are turned round.
  ///   - meanColumns: names of columns (`arc_easy·acc`) to average; names that are no column are
  ///     ignored.
  ///   - rowNotes: variant → what is said beside its name in tables for reading.
  ///   - seed: seed of the bootstrap intervals.
  package init(
    title: String, records: [ScoreRecord], samples: [String: [SampleRecord]] = [:],
    baseline: String, baselines: [String: String] = [:], groups: [String: String] = [:],
    columnTitles: [ScoreColumn: String] = [:], columnsAreRows: Bool = false,
    meanColumns: [String] = [], notes: [String] = [], rowNotes: [String: String] = [:],
    seed: UInt64 = 1
  ) {
    self.title = title
    self.rowNotes = rowNotes
    self.columnsAreRows = columnsAreRows
    table = ScoreTable(records, titles: columnTitles)
    comparison = Comparison(
      table, samples: samples, baseline: baseline, baselines: baselines, seed: seed)
    self.groups = groups
    self.meanColumns = table.columns.filter { [table] column in
      meanColumns.contains(column.name) || meanColumns.contains(table.title(column))
    }
    self.notes = notes
  }

  /// Mean of `meanColumns` and its standard error, tasks taken as independent; `nil` if one is
  /// missing.
  package func mean(_ model: String) -> (value: Double, standardError: Double?)? {
    let records = meanColumns.compactMap { table.record(model, $0) }
    let values = records.compactMap(\.finiteValue)
    guard !values.isEmpty, values.count == meanColumns.count else { return nil }
    let count = Double(values.count)
    let errors = records.compactMap(\.standardError)
    let error = (errors.reduce(0) { $0 + $1 * $1 }).squareRoot() / count
    return (values.reduce(0, +) / count, errors.count == values.count ? error : nil)
  }

  /// Why the score of `model` in `column` is missing; `nil` if it is present.
  package func reasonMissing(_ model: String, _ column: ScoreColumn) -> String? {
    guard let record = table.record(model, column) else { return "not scored" }
    guard let value = record.value else { return record.reason ?? "no reason recorded" }
    return value.isFinite ? nil : "the score is \(value)"
  }

  /// A variant as tables for reading name it.
  func rowTitle(_ model: String) -> String {
    rowNotes[model].map { "\(model) (\($0))" } ?? model
  }

  /// Sentences below the table: the marks' meaning, one about `remarks`, the caller's notes.
  package var footnotes: [String] { legend + remarkLine + notes }

  /// All below the table but what a cell is, with every remark, and the line that they are folded behind.
  var foldedFootnotes: (summary: String, lines: [String]) {
    let count = remarks.count
    let what =
      count == 0 ? "" : count == 1 ? ", 1 remark on a score" : ", \(count) remarks on scores"
    return ("Notes\(what)", legend.drop { !$0.hasPrefix("* ") } + remarks + notes)
  }

  /// What a cell is, in a line that is not folded.
  var cellMeaning: String { legend.prefix { !$0.hasPrefix("* ") }.joined(separator: " ") }

  /// What the cells and their marks mean.
  var legend: [String] {
    var lines: [String] = []
    let cells = table.models.flatMap { model in
      table.columns.compactMap { comparison[model, $0] }
    }
    lines.append(
      "Score ± standard error" + (cells.isEmpty ? "." : " (change from \(baselineText))."))
    if table.hasDeviations {
      lines[0] = lines[0].replacing(
        "Score ± standard error", with: "Mean ± standard deviation between runs")
    }
    if table.hasIntervals {
      lines.append("Score [ends of the 95 % interval] where they are given.")
    }
    if cells.contains(where: { $0.paired != nil }) {
      lines.append(
        "* p < 0.05, ** p < 0.01: paired test on the same documents (exact McNemar for right/wrong "
          + "metrics, "
          + (cells.contains { $0.paired?.test == .pairedBootstrap }
            ? "bootstrap for scores that are not means, " : "")
          + "else z), Holm-corrected over the table.")
    }
    if !table.models.contains(baseline) {
      lines.append("No scores of the baseline '\(baseline)', hence no changes.")
    }
    return lines
  }

  /// Everything that a reader of single scores should know: why one bears a warning mark or is missing, what is not
  /// comparable, what is not tested.
  package var remarks: [String] {
    var lines: [String] = []
    for model in table.models {
      for column in table.columns {
        guard let caution = table.record(model, column)?.caution else { continue }
        lines.append("⚠ \(model), \(table.title(column)): \(caution)")
      }
    }
    for model in table.models {
      for column in table.columns {
        guard let reason = reasonMissing(model, column) else { continue }
        lines.append("— \(model), \(table.title(column)): \(reason)")
      }
    }
    return lines + table.warnings + untested
  }

  /// The remark, or the first of several and where the others are.
  private var remarkLine: [String] {
    guard let first = remarks.first else { return [] }
    return [
      remarks.count == 1 ? first : "\(first) (and \(remarks.count - 1) more remarks, in the JSON)"
    ]
  }

  /// The columns with a change but without a test, by what the test would need.
  private var untested: [String] {
    Comparison.Untested.allCases.compactMap { reason in
      let columns = table.columns.filter { column in
        table.models.contains { comparison[$0, column]?.untested == reason }
      }
      guard !columns.isEmpty else { return nil }
      let missing =
        switch reason {
        case .noValues:
          "a paired test needs the score of each document from both models for the same prompt; "
            + "there is none"
        case .otherScores:
          "the documents that both models answered do not average to the scores"
        case .notFinite: "the scores of some documents alone are no numbers"
        }
      return "Not tested: \(columns.map(table.title).joined(separator: ", ")): \(missing)."
    }
  }

  private var baseline: String { comparison.baseline }

  private var baselineText: String {
    comparison.hasSeveralBaselines ? "the row's base model" : baseline
  }
}
