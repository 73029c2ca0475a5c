import Formats
import Evaluation

/// The figures that can be drawn from a table of scores.
package struct ScoreFigures: Sendable {
  /// A figure with the name of its file.
  package struct Figure: Sendable {
    /// Without an extension; letters, digits, `-` and `_`.
    package let name: String
    package let chart: any Chart

    package init(name: String, chart: any Chart) {
      self.name = ScoreFigures.fileName(name)
      self.chart = chart
    }
  }

  private let report: Report
  private var table: ScoreTable { report.table }

  package init(_ report: Report) { self.report = report }

  /// Radar and bars over groups, bars of the other scores, forgetting against retention.
  package var all: [Figure] { groupFigures + taskFigures + [pareto].compactMap { $0 } }

  // MARK: Groups

  /// Scores of a task's groups, which are called `<task>/<group>`: a radar of every variant, and
  /// bars with their intervals.
  package var groupFigures: [Figure] {
    var kinds: [GroupKind] = []
    for column in table.columns {
      guard let kind = GroupKind(column), !kinds.contains(kind) else { continue }
      kinds.append(kind)
    }
    return kinds.flatMap { kind in
      let columns = table.columns.filter { GroupKind($0) == kind }
      guard columns.count > 1 else { return [Figure]() }
      let names = columns.map { $0.group?.name ?? "" }
      let title = "\(kind.task): \(Self.words(kind.metric)) by group"
      let unit = Self.unit(columns[0])
      let bars = bars(title, columns, names: names)
      let name = Self.fileName("\(kind.task)-\(kind.metric)-groups")
      guard columns.count > 2 else { return [Figure(name: name + "-bars", chart: bars)] }
      let radar = RadarChart(
        title: title, axes: names,
        series: table.models.map { model in
          .init(name: model, values: columns.map { table.record(model, $0)?.finiteValue })
        }, unit: unit)
      return [
        Figure(name: name + "-radar", chart: radar), Figure(name: name + "-bars", chart: bars),
      ]
    }
  }

  private struct GroupKind: Hashable {
    let task, metric, filter: String

    init?(_ column: ScoreColumn) {
      guard let group = column.group else { return nil }
      task = group.task
      (metric, filter) = (column.metric, column.filter)
    }
  }

  // MARK: Tasks

  /// One bar chart for each metric of tables for reading, of all tasks that have it.
  package var taskFigures: [Figure] {
    var metrics: [String] = []
    for column in table.mainColumns where column.group == nil {
      if !metrics.contains(column.metric) { metrics.append(column.metric) }
    }
    return metrics.map { metric in
      let columns = table.mainColumns.filter { $0.metric == metric && $0.group == nil }
      let names = columns.map { $0.filter == "none" ? $0.task : "\($0.task)·\($0.filter)" }
      return Figure(
        name: Self.fileName(metric), chart: bars(Self.words(metric), columns, names: names))
    }
  }

  private func bars(_ title: String, _ columns: [ScoreColumn], names: [String]) -> BarChart {
    let records = table.models.flatMap { model in
      columns.compactMap { table.record(model, $0) }
    }
    let notes = [
      records.contains { $0.interval != nil } ? "95% intervals where they are given" : nil,
      records.contains { $0.interval == nil && $0.standardError != nil }
        ? "whiskers: ±1.96 standard errors" : nil,
    ]
    return BarChart(
      title: title, groups: names,
      series: table.models.map { model in
        .init(name: model, bars: columns.map { bar(table.record(model, $0)) })
      }, unit: columns.first.map(Self.unit) ?? .percent,
      note: notes.compactMap { $0 }.joined(separator: "; "))
  }

  private func bar(_ record: ScoreRecord?) -> BarChart.Bar? {
    guard let record, let value = record.finiteValue else { return nil }
    return .init(value, interval: record.shownInterval)
  }

  // MARK: Forgetting against retention

  /// Toxicity, else the first hazardous-knowledge score, against the mean of the other accuracies;
  /// `nil` without both for two variants.
  package var pareto: Figure? {
    let accuracies = retained
    guard let forgotten = forgottenColumn, !accuracies.isEmpty else { return nil }
    return pareto(forget: forgotten, retain: accuracies)
  }

  /// One point per variant with both scores.
  ///
  /// - Parameters:
  ///   - forget: the column that should fall.
  ///   - retain: columns whose mean should not fall.
  package func pareto(forget: ScoreColumn, retain: [ScoreColumn]) -> Figure? {
    let entries = table.models.compactMap { model -> ParetoChart.Entry? in
      guard let lost = table.record(model, forget), let x = lost.finiteValue,
        let kept = mean(model, retain)
      else { return nil }
      return .init(
        name: model, series: report.groups[model] ?? model, x: x, y: kept.value,
        xInterval: lost.shownInterval, yInterval: kept.interval)
    }
    guard entries.count > 1 else { return nil }
    let retention =
      retain.count == 1 ? table.title(retain[0]) : "mean of \(retain.count) retained scores"
    let isAlwaysHigher = retain.allSatisfy { column in
      table.models.contains { table.record($0, column)?.higherIsBetter ?? false }
    }
    let chart = ParetoChart(
      title: "Forgetting against retention",
      x: .init(table.title(forget), unit: Self.unit(forget), higherIsBetter: false),
      y: .init(
        retention, unit: retain.first.map(Self.unit) ?? .percent, higherIsBetter: isAlwaysHigher),
      entries: entries)
    return Figure(name: "pareto", chart: chart)
  }

  /// A column of this table by its name, `task·metric` or `task:metric`.
  package func column(named name: String) -> ScoreColumn? {
    table.columns.first { column in
      let names = [table.title(column), column.name, "\(column.task):\(column.metric)"]
      return names.contains(name)
    }
  }

  private var forgottenColumn: ScoreColumn? {
    table.columns.first { $0.metric == "toxic_fraction" && $0.group == nil }
      ?? table.columns.first { $0.task.hasPrefix("wmdp") && $0.metric.hasPrefix("acc") }
  }

  /// The report's own average, else one accuracy of each task that is not to be forgotten.
  package var retained: [ScoreColumn] {
    guard report.meanColumns.isEmpty else { return report.meanColumns }
    var tasks: Set<String> = []
    return table.columns.filter { column in
      ["acc", "acc_norm", "exact_match"].contains(column.metric)
        && !column.task.hasPrefix("wmdp") && tasks.insert(column.task).inserted
    }
  }

  /// Mean over columns and ±1.96 of its standard error, tasks taken as independent.
  private func mean(
    _ model: String, _ columns: [ScoreColumn]
  ) -> (value: Double, interval: ClosedRange<Double>?)? {
    let records = columns.compactMap { table.record(model, $0) }
    let values = records.compactMap(\.finiteValue)
    guard !values.isEmpty, values.count == columns.count else { return nil }
    let count = Double(values.count)
    let value = values.reduce(0, +) / count
    let errors = records.compactMap(\.standardError).filter(\.isFinite)
    guard errors.count == values.count else { return (value, nil) }
    let half = 1.959963984540054 * errors.reduce(0) { $0 + $1 * $1 }.squareRoot() / count
    return (value, (value - half)...(value + half))
  }

  // MARK: Words

  static func unit(_ column: ScoreColumn) -> ChartUnit {
    CellText.isFraction(column) ? .percent : .plain
  }

  private static func words(_ metric: String) -> String {
    switch metric {
    case "acc": "accuracy"
    case "acc_norm": "length-normalised accuracy"
    default: metric.replacing("_", with: " ").replacing(".", with: ", ")
    }
  }

  /// A readable file name; not necessarily unique.
  static func fileName(_ text: String) -> String {
    let name = text.map { character -> Character in
      character.isASCII && (character.isLetter || character.isNumber || character == "_")
        ? character : "-"
    }
    return String(name.prefix(100)).fileName
  }
}

extension ScoreRecord {
  /// The record's own interval, else ±1.96 standard errors around its value.
  var shownInterval: ClosedRange<Double>? {
    if let interval { return interval }
    guard let value, let standardError, value.isFinite, standardError.isFinite else { return nil }
    let half = 1.959963984540054 * abs(standardError)
    return (value - half)...(value + half)
  }
}
