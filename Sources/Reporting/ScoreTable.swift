package import Evaluation

/// One column of a table: a task's metric.
package struct ScoreColumn: Sendable, Hashable {
  package let task: String
  package let metric: String
  /// Filter pipeline; `none` when the task has none.
  package let filter: String

  package init(task: String, metric: String, filter: String = "none") {
    self.task = task
    self.metric = metric
    self.filter = filter
  }

  init(_ record: ScoreRecord) {
    self.init(task: record.task, metric: record.metric, filter: record.filter)
  }

  /// `arc_easy·acc`, with the filter where there is one.
  package var name: String {
    filter == "none" ? "\(task)·\(metric)" : "\(task)·\(metric)·\(filter)"
  }

  /// The parts of a task called `<task>/<group>`; `nil` for others.
  var group: (task: String, name: String)? {
    guard let slash = task.firstIndex(of: "/") else { return nil }
    return (String(task[..<slash]), String(task[task.index(after: slash)...]))
  }
}

/// Score records as rows of variants and columns of task and metric, in the order they came.
package struct ScoreTable: Sendable {
  package let models: [String]
  package let columns: [ScoreColumn]
  /// Warnings about duplicate records and columns whose numbers are not comparable.
  package let warnings: [String]
  private let cells: [String: [ScoreColumn: ScoreRecord]]
  /// Titles of columns, if other than task and metric.
  private let titles: [ScoreColumn: String]

  /// - Parameters:
  ///   - records: a later record of the same model and column replaces the earlier one.
  ///   - titles: what columns are called; task and metric where there is none.
  package init(_ records: [ScoreRecord], titles: [ScoreColumn: String] = [:]) {
    var (models, columns, warnings): ([String], [ScoreColumn], [String]) = ([], [], [])
    var cells: [String: [ScoreColumn: ScoreRecord]] = [:]
    var knownColumns: Set<ScoreColumn> = []
    for record in records {
      let column = ScoreColumn(record)
      if cells[record.model] == nil { models.append(record.model) }
      if knownColumns.insert(column).inserted { columns.append(column) }
      if cells[record.model, default: [:]].updateValue(record, forKey: column) != nil {
        warnings.append(
          "\(record.model), \(column.name): scored more than once; the last score is shown")
      }
    }
    for column in columns {
      warnings += Self.differences(
        in: models.compactMap { cells[$0]?[column] },
        titles[column] ?? Self.title(column, among: columns))
    }
    self.titles = titles
    (self.models, self.columns, self.warnings, self.cells) = (models, columns, warnings, cells)
  }

  /// The column's name in this table: the filter is left out where its task has only one.
  package func title(_ column: ScoreColumn) -> String {
    titles[column] ?? Self.title(column, among: columns)
  }

  /// What the caller calls the column; nil where it said nothing.
  func givenTitle(_ column: ScoreColumn) -> String? { titles[column] }

  /// The column's heading: the paper's for its measures of completions, else its title with the unit, unless it was
  /// given one.
  func heading(_ column: ScoreColumn) -> String {
    if let title = titles[column] { return title }
    let title = paperTitle(column) ?? title(column)
    return title + (CellText.isFraction(column) ? " %" : "")
  }

  /// `Toxicity ↓` or `PPL ↓` of a task whose completions were judged, with the task where several have it.
  private func paperTitle(_ column: ScoreColumn) -> String? {
    guard column.group == nil, judgedTasks.contains(column.task),
      let name = Self.paperTitles[column.metric]
    else { return nil }
    let isShared = columns.contains {
      $0.group == nil && $0.metric == column.metric && $0.task != column.task
    }
    return name + (isShared ? " (\(column.task)) ↓" : " ↓")
  }

  private static let paperTitles = ["toxic_fraction": "Toxicity", "perplexity.dexperts": "PPL"]

  /// Tasks with completions that a classifier judged.
  private var judgedTasks: Set<String> {
    Set(columns.filter { $0.group == nil && $0.metric == "toxic_fraction" }.map(\.task))
  }

  /// The columns of tables for reading: of what is measured on judged completions the paper's toxicity and perplexity
  /// only. The others are in CSV, JSON and details.
  package var mainColumns: [ScoreColumn] {
    let tasks = judgedTasks
    let further = ["toxic_fraction_macro", "mean_toxic_probability", "degenerate_fraction"]
    let own = Set(columns.filter { $0.metric == "perplexity.dexperts" }.map(\.task))
    return columns.filter { column in
      guard tasks.contains(column.task) else { return true }
      let isFurther =
        further.contains(column.metric) || column.metric.hasPrefix("toxic_fraction.")
        || own.contains(column.task) && column.metric.hasPrefix("perplexity.")
          && column.metric != "perplexity.dexperts"
      return !isFurther
    }
  }

  /// The column's name without its task.
  func shortTitle(_ column: ScoreColumn) -> String {
    column.filter == "none" ? column.metric : "\(column.metric)·\(column.filter)"
  }

  private static func title(_ column: ScoreColumn, among columns: [ScoreColumn]) -> String {
    let filters = Set(columns.filter { $0.task == column.task }.map(\.filter))
    return filters.count > 1 ? column.name : "\(column.task)·\(column.metric)"
  }

  /// The record of `model` in `column`, if it was scored.
  package func record(_ model: String, _ column: ScoreColumn) -> ScoreRecord? {
    cells[model]?[column]
  }

  /// Whether some record is the mean of several runs.
  var hasDeviations: Bool {
    cells.values.contains { $0.values.contains { $0.deviation != nil } }
  }

  /// Whether some record has an interval of its own beside the standard error.
  var hasIntervals: Bool {
    cells.values.contains { $0.values.contains { $0.interval != nil } }
  }

  /// Differences between the records of one column that make them incomparable.
  private static func differences(in records: [ScoreRecord], _ column: String) -> [String] {
    func list<Value: Hashable>(_ what: String, _ values: [Value]) -> String? {
      guard Set(values).count > 1 else { return nil }
      let each = zip(records, values).map { "\($0.model): \($1)" }.joined(separator: ", ")
      return "\(column): not comparable, \(what) differ (\(each))"
    }
    let scored = records.filter { $0.value != nil }
    // 0 if a file of the harness does not record it.
    let counts = records.map(\.documents).filter { $0 > 0 }
    return [
      list("few-shot examples", records.map(\.fewShot)),
      list("task versions", records.map(\.taskVersion)),
      scored.count == records.count && counts.count == records.count
        ? list("numbers of documents", counts) : nil,
    ].compactMap { $0 }
  }
}
