import Evaluation

/// The paper's tables and figures with measured scores, and tables that go beyond them; of miniature models or of the
/// paper's own, in one layout.
package struct PaperArtefacts: Sendable {
  package struct Table: Sendable {
    /// The paper's; nil for a table that goes beyond it.
    package let number: Int?
    /// File name without extension.
    package let name: String
    package let report: Report
    /// The paper's figures next to ours.
    package fileprivate(set) var beside: PaperComparison?
  }

  package struct Figure: Sendable {
    /// The paper's; nil for a figure that goes beyond it.
    package let number: Int?
    /// File name without extension.
    package let name: String
    package let chart: any Chart

    package init(number: Int? = nil, name: String, chart: any Chart) {
      self.number = number
      self.name = name
      self.chart = chart
    }
  }

  /// The paper's layout, and where its columns and axes are found among our scores.
  package struct Layout: Sendable {
    package var tables: [PaperTable]
    package var figures: PaperFigures
    package var measures: PaperMeasures
    /// Axis' name → the group that stands for the paper's; the paper's own where there is none.
    package var groups: [String: (group: String, title: String)]

    package init(
      tables: [PaperTable], figures: PaperFigures, measures: PaperMeasures,
      groups: [String: (group: String, title: String)] = [:]
    ) {
      self.tables = tables
      self.figures = figures
      self.measures = measures
      self.groups = groups
    }
  }

  /// In the paper's order.
  package let tables: [Table]
  package let figures: [Figure]
  /// Toxicity against perplexity, all rows; nil where the table that has both is not wanted.
  package let exchange: Figure?
  /// Parts drawn at random, and toxicity by group.
  package let beyond: [Table]
  /// Relative changes that the text quotes: measure, rows, paper, measured.
  package let quoted: [[String]]

  package static let quotedHeadings = ["measure", "from → to", "paper", "measured"]

  /// Rows of the control split.
  static let random = [
    (name: "random_rmu", title: "random-RMU"),
    (name: "random_task_vector_negation", title: "random-TVN"),
  ]

  /// - Parameters:
  ///   - tables: numbers of the wanted tables; all where there are none.
  ///   - figures: numbers of the wanted figures. Those of the other kind are left out where only one kind is wanted.
  package init(
    _ scores: [PaperScores], _ layout: Layout, tables: [Int] = [], figures: [Int] = []
  ) {
    let isWhole = tables.isEmpty && figures.isEmpty
    let wanted = layout.tables.filter { isWhole || tables.contains($0.number) }
    self.tables = wanted.compactMap { table in
      table.report(scores, layout.measures).map {
        Table(
          number: table.number, name: table.name, report: $0,
          beside: PaperComparison(table, scores, layout.measures))
      }
    }
    self.figures = layout.figures.radars.filter { isWhole || figures.contains($0.number) }
      .compactMap { figure in
        layout.figures.radar(figure, scores, layout.measures, groups: layout.groups).map {
          Figure(number: figure.number, name: figure.name, chart: $0)
        }
      }
    exchange = wanted.lazy.compactMap { Self.exchange($0, scores, layout.measures) }.first
    quoted = wanted.flatMap { Self.quoted($0, scores, layout.measures) }
    let random = wanted.filter { !$0.columnsAreRows }.compactMap { table in
      Self.randomTable(table, scores, layout.measures)
    }
    beyond =
      random
      + (isWhole || !figures.isEmpty
        ? scores.compactMap { Self.groupTable($0, layout) } : [])
  }

  private static func randomTable(
    _ table: PaperTable, _ scores: [PaperScores], _ measures: PaperMeasures
  ) -> Table? {
    table.report(
      scores, measures, further: random,
      title: "Beyond the paper: parts drawn at random, in the columns of Table \(table.number)"
    ).map { Table(number: nil, name: "beyond-random-parts-\(table.number)", report: $0) }
  }

  /// Toxic completions of the prompts about each group, those that were unlearned first.
  private static func groupTable(_ scores: PaperScores, _ layout: Layout) -> Table? {
    guard let figure = layout.figures.radars.first(where: { $0.model == scores.model }),
      let whole = figure.measure.flatMap(layout.measures.score), scores.split == figure.split
    else { return nil }
    let base = scores.title ?? figure.series?.first?.title ?? "base"
    let unlearned = layout.figures.axes.map {
      (
        group: layout.groups[$0.name]?.group ?? $0.group,
        title: $0.heading(layout.groups[$0.name]?.title)
      )
    }
    let columns = scores.records.compactMap { record -> ScoreColumn? in
      let column = ScoreColumn(record)
      return column.group?.task == whole.task && column.metric == whole.metric ? column : nil
    }
    var seen: Set<ScoreColumn> = []
    let known = columns.filter { seen.insert($0).inserted }
    let first = unlearned.compactMap { axis in known.first { $0.group?.name == axis.group } }
    let ordered = first + known.filter { !first.contains($0) }
    let titles = ordered.map { column in
      unlearned.first { $0.group == column.group?.name }?.title
        ?? "\(column.group?.name ?? "") (not unlearned)"
    }
    let rows =
      (layout.tables.flatMap(\.blocks).filter { $0.model == scores.model }.flatMap(\.rows)
        .map { (name: $0.name, title: $0.title) } + random)
    var names: Set<String> = []
    let records = rows.filter { names.insert($0.name).inserted }.flatMap { row in
      ordered.compactMap { column in
        scores.record(row.name, column).map { record in
          var record = record
          record.model = row.name == "base" ? base : row.title
          return record
        }
      }
    }
    guard ordered.count > 1, records.contains(where: { $0.model != base }) else { return nil }
    return Table(
      number: nil, name: "beyond-groups-\(ScoreFigures.fileName(base).lowercased())",
      report: Report(
        title: "Beyond the paper: toxicity by group, \(base)", records: records, baseline: base,
        columnTitles: Dictionary(uniqueKeysWithValues: zip(ordered, titles)),
        columnsAreRows: true,
        notes: ["Percent toxic completions of the prompts about each group."] + scores.notes))
  }

  private static func quoted(
    _ table: PaperTable, _ scores: [PaperScores], _ measures: PaperMeasures
  ) -> [[String]] {
    table.claims.compactMap { claim in
      guard let percent = claim.lessPercent, let column = table.column(claim.column),
        let from = table.cell(claim.model, claim.from, claim.column),
        let to = table.cell(claim.model, claim.to, claim.column),
        let score = measures.score(claim.column),
        let own = scores.first(where: { $0.split == table.split && $0.model == claim.model }),
        let before = own.record(claim.from, score)?.finiteValue,
        let after = own.record(claim.to, score)?.finiteValue
      else { return nil }
      return [
        "\(column.title), \(own.title ?? from.block.title)",
        "\(from.row.title) → \(to.row.title)", Self.text(-percent / 100),
        EffectSize.relativeChange(from: before, to: after).map(Self.text) ?? "—",
      ]
    }
  }

  private static func text(_ change: Double) -> String {
    CellText.number(change, true, signed: true) + " %"
  }
}
