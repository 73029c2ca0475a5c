import Evaluation

extension PaperTable {
  /// The table in the paper's layout with measured scores: the same rows and columns in the same order.
  ///
  /// A base model that has no scores but its own is left out; what else is missing says so.
  /// - Parameters:
  ///   - scores: what was measured; of two of one split and model the first counts.
  ///   - further: rows in place of the paper's own after each base model, by name and title.
  ///   - title: in place of the paper's number and title.
  /// - Returns: nil where no row but base models was scored.
  package func report(
    _ scores: [PaperScores], _ measures: PaperMeasures,
    further: [(name: String, title: String)]? = nil, title: String? = nil
  ) -> Report? {
    let shown = columns.compactMap { column in
      measures.score(column.name).map { (column: column, score: $0) }
    }
    var records: [ScoreRecord] = []
    var samples: [String: [SampleRecord]] = [:]
    var baselines: [String: String] = [:]
    var notes: [String] = []
    var rowNotes: [String: String] = [:]
    for block in blocks {
      guard let own = scores.first(where: { $0.split == split && $0.model == block.model })
      else { continue }
      let paper = block.rows.map { (name: $0.name, title: $0.title) }
      let rows = further.map { paper.prefix { $0.name == "base" } + $0 } ?? paper
      let known = rows.filter { row in
        shown.contains { own.record(row.name, $0.score) != nil }
      }
      guard known.contains(where: { $0.name != "base" }) else { continue }
      let base = own.title ?? block.title
      for row in known {
        let name = row.name == "base" ? base : "\(base) + \(row.title)"
        baselines[name] = base
        samples[name] = own.samples[row.name]
        rowNotes[name] = own.rowNotes[row.name]
        records += shown.map { column, score in
          var record = own.record(row.name, score) ?? Self.missing(score, column)
          record.model = name
          return record
        }
      }
      notes += own.notes
    }
    guard !records.isEmpty else { return nil }
    let plain = columns.filter { $0.unit == .perplexity }.map(\.title)
    let unit = "Percent" + (plain.isEmpty ? "." : ", but for \(plain.joined(separator: ", ")).")
    return Report(
      title: title ?? heading, records: records, samples: samples,
      baseline: records[0].model, baselines: baselines,
      columnTitles: Dictionary(uniqueKeysWithValues: shown.map { ($0.score, $0.column.heading) }),
      columnsAreRows: columnsAreRows, notes: [unit] + notes, rowNotes: rowNotes)
  }

  private static func missing(_ score: ScoreColumn, _ column: Column) -> ScoreRecord {
    ScoreRecord(
      model: "", task: score.task, metric: score.metric, filter: score.filter, value: nil,
      standardError: nil, documents: 0, higherIsBetter: column.better == .higher,
      fewShot: column.fewShot ?? 0, reason: "not scored")
  }
}

extension PaperFigures {
  /// A radar in the paper's layout with measured scores: the same axes and series in the same order.
  ///
  /// - Parameters:
  ///   - groups: axis' name → the group whose prompts it shows, and what the axis calls it.
  ///   - title: of the drawing.
  /// - Returns: nil where no row but the base model was scored, or for a figure that shows no results.
  package func radar(
    _ figure: Figure, _ scores: [PaperScores], _ measures: PaperMeasures,
    groups: [String: (group: String, title: String)] = [:], title: String? = nil
  ) -> RadarChart? {
    guard let own = scores.first(where: { $0.split == figure.split && $0.model == figure.model }),
      let measure = figure.measure
    else { return nil }
    let columns = axes.map { measures.score(measure, group: groups[$0.name]?.group ?? $0.group) }
    let series = (figure.series ?? []).compactMap { row -> RadarChart.Series? in
      let values = columns.map { $0.flatMap { own.record(row.name, $0)?.finiteValue } }
      guard values.contains(where: { $0 != nil }) else { return nil }
      let title = row.name == "base" ? own.title ?? row.title : row.title
      return RadarChart.Series(name: title, values: values)
    }
    guard series.count > 1 else { return nil }
    return RadarChart(
      title: title
        ?? "Figure \(figure.number): toxic completions by group, \(series[0].name), \(series[1].name)",
      axes: axes.map { $0.heading(groups[$0.name]?.title) }, series: series)
  }
}
