import Evaluation
import Foundation
package import Reporting
import Spunge

/// Tables, figures and the page that the scenarios' results make.
package struct ReproductionReport {
  package let tables: [ReproducedTable]
  package let figures: [(number: Int, name: String, chart: any Chart)]
  package let verdict: Verdict
  private let results: [ScenarioResult]
  private let provenance: [(name: String, value: String)]
  /// Relative changes that the paper quotes, with ours.
  private let quoted: [[String]]

  /// - Parameters:
  ///   - paper: the paper's figures, to stand beside ours.
  ///   - provenance: what the results were made from, for the foot of the page.
  package init(
    _ results: [ScenarioResult], paper: [PaperTable] = [],
    provenance: [(name: String, value: String)] = []
  ) {
    self.results = results
    self.provenance = provenance
    tables = ReproducedTable.all(results, paper: paper)
    quoted = PaperBeside(paper: paper).quoted(
      Dictionary(
        uniqueKeysWithValues: results.map { ($0.scenario.name, PooledScores($0.seeds).records) }))
    figures = Self.figures(results)
    verdict = Verdict(results)
  }

  /// Writes `tables/`, `figures/`, `scores.jsonl`, `verdict.json`, `summary.md` and `report.html`.
  package func write(to folder: String) throws {
    // What an earlier run with other tables left would look like a part of this one.
    for part in ["tables", "figures"] {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(part)")
    }
    for table in tables {
      for format in ReportFormat.all {
        guard let file = format.fileName else { continue }
        let suffix = URL(filePath: file).pathExtension
        try WholeFile.write(
          format.render(table.report), to: "\(folder)/tables/\(table.name).\(suffix)")
      }
      if !table.beside.isEmpty {
        try WholeFile.write(
          besideMarkdown(table), to: "\(folder)/tables/\(table.name)-beside-the-paper.md")
      }
    }
    for figure in figures {
      try WholeFile.write(
        figure.chart.drawing().file, to: "\(folder)/figures/\(figure.name).svg")
    }
    let scores = results.flatMap { result in
      result.seeds.flatMap { seed in
        seed.scores.map { score in
          var score = score
          score.model = "\(result.scenario.name)/\(seed.seed)/\(score.model)"
          return score
        }
      }
    }
    try WholeFile.write(try JSONLinesText.encode(scores), to: "\(folder)/scores.jsonl")
    try WholeFile.write(try verdict.json(), to: "\(folder)/verdict.json")
    try WholeFile.write(summary, to: "\(folder)/summary.md")
    try WholeFile.write(page, to: "\(folder)/report.html")
  }

  // MARK: Texts

  /// What splitting did, then all tables as Markdown.
  package var summary: String {
    let parts = tables.flatMap { table in
      [ReportFormat.markdown.render(table.report)]
        + (table.beside.isEmpty ? [] : [besideMarkdown(table)])
    }
    return
      ([verdictMarkdown, Self.glossary + "\n"] + parts + equalPrices.map(\.markdown)
      + (quoted.isEmpty ? [] : [quotedMarkdown]))
      .joined(separator: "\n")
  }

  /// What a screen has room for: the chosen tables, else 1, 2 and 6, the comparison at equal price and the verdict.
  package func overview(tables chosen: [Int] = []) -> String {
    let shown = chosen.isEmpty ? [1, 2, 6] : chosen
    return
      (tables.filter { shown.contains($0.number) }.map { ReportFormat.markdown.render($0.report) }
      + equalPrices.map(\.markdown) + ["### \(Verdict.title)\n\n\(verdict.markdown)"])
      .joined(separator: "\n")
  }

  private func besideMarkdown(_ table: ReproducedTable) -> String {
    ([
      "#### Table \(table.number) beside the paper: its models, not ours", "", PaperBeside.caution,
      "",
    ]
      + table.beside.map(\.markdown)).joined(separator: "\n")
  }

  private var verdictMarkdown: String {
    "# \(Verdict.title)\n\n\(verdict.markdown)\n"
      + Self.markdown("Each comparison", Verdict.headings, verdict.rows, note: Verdict.note)
  }

  private static let quotedTitle = "Relative changes that the paper quotes, and ours"

  private var quotedMarkdown: String {
    Self.markdown(Self.quotedTitle, PaperBeside.quotedHeadings, quoted, note: PaperBeside.caution)
  }

  private var equalPrices: [EqualPrice] { results.map(EqualPrice.init) }

  static func markdown(
    _ title: String, _ headings: [String], _ rows: [[String]], note: String
  ) -> String {
    let lines = ([headings, headings.map { _ in "---" }] + rows).map {
      "| " + $0.joined(separator: " | ") + " |"
    }
    return (["### \(title)", ""] + lines + ["", note, ""]).joined(separator: "\n")
  }

  static let glossary =
    "TVN (task vector negation) learns the text to forget and subtracts what was learnt; RMU steers its hidden states "
    + "to a random vector. Both unlearn all of it at once; SPUNGE- unlearns each attribute's part from the same base and "
    + "merges with TIES; random- does the same with parts drawn at random. λ is the factor on the difference from the "
    + "base. toxic_fraction (less is better): share of completions that the classifier calls toxic. perplexity (less is "
    + "better) of completions under a larger model: corpus over all tokens, dexperts the mean over completions. acc, "
    + "exact_match, average: more is better, but for the hazardous wmdp questions less is what unlearning wants."

  private var page: String {
    var sections = [verdict.section]
    sections += tables.map { table in
      HTMLReport.Section(
        "Table \(table.number): \(table.title)", [.scores(table.report)] + besideBlocks(table))
    }
    sections += figures.map { figure in
      HTMLReport.Section(figure.chart.title, [.charts([figure.chart])])
    }
    sections += equalPrices.map { equal in
      let table = PageTable(
        headings: equal.headings, blocks: [PageTable.Block(rows: equal.cells)])
      return HTMLReport.Section(equal.title, [.table(table), .paragraph(EqualPrice.note)])
    }
    if !quoted.isEmpty {
      let table = PageTable(
        headings: PaperBeside.quotedHeadings, blocks: [PageTable.Block(rows: quoted)])
      sections.append(
        HTMLReport.Section(Self.quotedTitle, [.table(table), .paragraph(PaperBeside.caution)]))
    }
    return HTMLReport(
      title: "SPUNGE in a miniature world",
      introduction: [
        "Split, unlearn, merge (Kadhe et al. 2024) on small models of a fictional world, trained on this "
          + "machine. The numbers say nothing about large models; the tables are made as the paper's.",
        Self.glossary,
      ],
      sections: sections, provenance: provenance
    ).page()
  }

  private func besideBlocks(_ table: ReproducedTable) -> [HTMLReport.Block] {
    guard !table.beside.isEmpty else { return [] }
    let caution = "Beside the paper: its models, not ours. \(PaperBeside.caution)"
    return [.paragraph(caution)]
      + table.beside.flatMap { [.table($0.pageTable), .notes($0.notes)] }
  }

  // MARK: Figures

  private static func figures(
    _ results: [ScenarioResult]
  ) -> [(number: Int, name: String, chart: any Chart)] {
    results.flatMap { result -> [(number: Int, name: String, chart: any Chart)] in
      switch result.scenario.name {
      case Scenario.toxicity.name:
        [radar(2, result, "RMU"), radar(3, result, "TVN")].compactMap(\.self)
          + ["RMU", "TVN"].compactMap { pareto(result, $0, ForgettingMeasure.toxicity) }
      case Scenario.hazard.name:
        [pareto(result, "RMU", ForgettingMeasure.hazard)].compactMap(\.self)
      default:
        [radar(4, result, "TVN"), pareto(result, "TVN", ForgettingMeasure.toxicity)]
          .compactMap(\.self)
      }
    }
  }

  private static func radar(
    _ number: Int, _ result: ScenarioResult, _ method: String
  ) -> (number: Int, name: String, chart: any Chart)? {
    let records = PooledScores(result.seeds).records.filter {
      $0.task.hasPrefix("toxigen/") && $0.metric == "toxic_fraction"
        && ($0.model == "base" || $0.model == method || $0.model.hasSuffix("-\(method)"))
    }
    let table = ScoreTable(records)
    guard table.models.count > 1, table.columns.count > 2 else { return nil }
    let axes = table.columns.map { String($0.task.dropFirst("toxigen/".count)) }
    let chart = RadarChart(
      title: "Figure \(number): toxic completions by group, \(method) (\(result.scenario.name))",
      axes: axes,
      series: table.models.map { model in
        .init(name: model, values: table.columns.map { table.record(model, $0)?.value })
      })
    return (number, "figure-\(number)", chart)
  }

  /// What is to be forgotten against its price.
  private enum ForgettingMeasure {
    case toxicity, hazard

    var axes: (forgetting: ParetoChart.Axis, retention: ParetoChart.Axis) {
      switch self {
      case .toxicity:
        (
          .init("toxic completions", higherIsBetter: false),
          .init(
            "perplexity of completions", unit: .plain, higherIsBetter: false, isLogarithmic: true)
        )
      case .hazard:
        (
          .init("hazardous knowledge", higherIsBetter: false),
          .init("MMLU-like accuracy", higherIsBetter: true)
        )
      }
    }

    func values(_ scores: [ScoreRecord]) -> (Double, Double)? {
      switch self {
      case .toxicity:
        guard let forgetting = scores.value("toxigen", "toxic_fraction"),
          let price = scores.value("toxigen", "perplexity.corpus")
        else { return nil }
        return (forgetting, price)
      case .hazard:
        guard
          let forgetting = scores.mean(of: ["miniature_wmdp_bio", "miniature_wmdp_cyber"]),
          let retained = scores.value("miniature_mmlu", "acc")
        else { return nil }
        return (forgetting, retained)
      }
    }
  }

  /// All factors of one method, means over the base models.
  private static func pareto(
    _ result: ScenarioResult, _ method: String, _ measure: ForgettingMeasure
  ) -> (number: Int, name: String, chart: any Chart)? {
    let points = result.seeds.flatMap(\.front).filter {
      $0.row == "base" || $0.row == method || $0.row.hasSuffix("-\(method)")
    }
    var keys: [[String]] = []
    for point in points where !keys.contains([point.row, "\(point.scale)"]) {
      keys.append([point.row, "\(point.scale)"])
    }
    let entries = keys.compactMap { key -> ParetoChart.Entry? in
      let values = points.filter { [$0.row, "\($0.scale)"] == key }
        .compactMap { measure.values($0.scores) }
      guard !values.isEmpty else { return nil }
      let count = Double(values.count)
      return ParetoChart.Entry(
        name: key[0] == "base" ? "base" : "λ=\(key[1])", series: key[0],
        x: values.reduce(0) { $0 + $1.0 } / count, y: values.reduce(0) { $0 + $1.1 } / count)
    }
    guard entries.count > 1 else { return nil }
    let name = "front-\(result.scenario.name)-\(method.lowercased())"
    return (
      0, name,
      ParetoChart(
        title: "What can be had: \(method), \(result.scenario.title.lowercased())",
        x: measure.axes.forgetting, y: measure.axes.retention, entries: entries)
    )
  }
}
