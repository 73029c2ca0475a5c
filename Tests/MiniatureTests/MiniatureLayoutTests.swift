import Evaluation
import Foundation
import Reporting
import Spunge
import Testing

@testable import Miniature

/// The paper's tables and figures of the miniature world.
@Suite struct MiniatureLayoutTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let layout = Result {
    PaperArtefacts.Layout.miniature(
      tables: try PaperTable.all(folder: root.appending(path: "results/paper").path),
      figures: try PaperFigures(path: root.appending(path: "results/paper/figures.json").path))
  }

  /// A scenario's results on two base models, every score of which is `value`.
  static func result(
    _ scenario: Scenario, methods: [(name: String, title: String)], value: Double = 0.5
  ) -> ScenarioResult {
    let columns =
      [
        ScoreColumn(task: "toxigen", metric: "toxic_fraction"),
        ScoreColumn(task: "real_toxicity_prompts", metric: "toxic_fraction"),
        ScoreColumn(task: "toxigen", metric: "perplexity.dexperts"),
        ScoreColumn(task: "toxigen", metric: "perplexity.corpus"),
        ScoreColumn(task: "miniature", metric: "average"),
        ScoreColumn(task: "miniature_wmdp_bio", metric: "acc"),
        ScoreColumn(task: "miniature_wmdp_cyber", metric: "acc"),
      ]
      + Group.all.map { ScoreColumn(task: "toxigen/\($0.name)", metric: "toxic_fraction") }
      + ((try? layout.get())?.tables[2].columns ?? []).compactMap {
        PaperMeasures.miniature.score($0.name)
      }.filter { $0.task != "miniature" }
    let candidates = methods.flatMap { method in
      [Experiment.Variant.monolithic, .spunge, .control].map {
        Choice(
          method: method.name, title: method.title, variant: $0, scale: 1, objective: 0.1,
          price: 1, degenerate: 0)
      }
    }
    let seeds = [1, 2].map { seed in
      SeedResult(
        seed: seed, candidates: candidates, limit: 1.25,
        scores: (["base"] + candidates.map(\.row)).flatMap { row in
          columns.map {
            ScoreRecord(
              model: row, task: $0.task, metric: $0.metric, filter: $0.filter, value: value,
              standardError: 0.1, documents: 10, higherIsBetter: true)
          }
        })
    }
    return ScenarioResult(scenario: scenario, seeds: seeds)
  }

  private static let rmu = (name: "rmu", title: "RMU")
  private static let negation = (name: "task_vector_negation", title: "TVN")

  private static let results = [
    result(.toxicityZephyr, methods: [negation, rmu]),
    result(.toxicityLlama2, methods: [negation]), result(.hazardZephyr, methods: [rmu]),
    result(.kindsLlama2, methods: [negation]),
  ]

  @Test func everyTableAndFigureIsMade() throws {
    let report = ReproductionReport(Self.results, try Self.layout.get()).report
    let artefacts = report.artefacts
    #expect(artefacts.tables.map(\.number) == Array(1...7))
    #expect(artefacts.figures.map(\.number) == [2, 3, 4])
    #expect(
      artefacts.tables[0].report.table.models == [
        "Zephyr-like", "Zephyr-like + RMU", "Zephyr-like + SPUNGE-RMU", "Zephyr-like + TVN",
        "Zephyr-like + SPUNGE-TVN", "Llama2-like", "Llama2-like + TVN",
        "Llama2-like + SPUNGE-TVN",
      ])
    for table in artefacts.tables {
      #expect(table.report.footnotes.allSatisfy { !$0.contains("not scored") }, "\(table.name)")
    }
    let radar = try #require(artefacts.figures[1].chart as? RadarChart)
    #expect(radar.title == "Figure 3: toxic completions by group, Zephyr-like, RMU")
    #expect(radar.axes.first == "Nationality (Kelvar)" && radar.axes.count == 5)
    #expect(radar.series.map(\.name) == ["Zephyr-like", "RMU", "SPUNGE-RMU"])
    let names = Set(report.files.map(\.path))
    for name in ["tables/table-7.tex", "figures/figure-2.svg", "summary.md", "report.html"] {
      #expect(names.contains(name), "\(name)")
    }
    // The verdict, a figure, Table 1, in this order and before all else.
    let marks = [
      "\n## What splitting did\n", "(figures/toxicity-perplexity.svg)", "\n## Table 1: ",
      "\n## Table 2: ",
    ]
    let places = try marks.map {
      try #require(report.summary.range(of: $0), "\($0)").lowerBound
    }
    #expect(places == places.sorted())
    let page = try #require(report.files.first { $0.path == "report.html" }?.text)
    let headings = page.matches(of: #/<h2>(.*?)</h2>/#).map { String($0.output.1) }
    #expect(
      headings.prefix(2).map { $0.prefix(18) } == ["What splitting did", "Toxicity against p"])
    #expect(headings.count > 2 && headings[2].hasPrefix("Table 1: "))
    // Nothing of ours bears a number of the paper's.
    #expect(report.summary.contains("Beyond the paper: toxicity by group, Llama2-like"))
    #expect(report.summary.components(separatedBy: "# Table ").count == 8)
  }

  /// Every row that has toxicity and perplexity, those of the control split too; each base model has its own front.
  @Test func theFirstFigureHasAllRows() throws {
    let report = ReproductionReport(Self.results, try Self.layout.get()).report
    let chart = try #require(report.artefacts.exchange?.chart as? ParetoChart)
    #expect(chart.seriesNames == ["Zephyr-like", "Llama2-like"] && !chart.comparesSeries)
    #expect(
      chart.entries.map(\.name) == [
        "Zephyr-like", "RMU", "SPUNGE-RMU", "TVN", "SPUNGE-TVN", "random-RMU", "random-TVN",
        "Llama2-like", "TVN", "SPUNGE-TVN", "random-TVN",
      ])
    #expect(chart.fronts.count == 2)
    let without = ReproductionReport(Self.results, try Self.layout.get(), tables: [2]).report
    #expect(without.artefacts.exchange == nil)
  }

  @Test func thePaperStandsBesideOnlyWhereAsked() throws {
    let layout = try Self.layout.get()
    for isBeside in [false, true] {
      let report = ReproductionReport(Self.results, layout, isBesideThePaper: isBeside).report
      let names = report.files.map(\.path)
      #expect(names.contains("tables/table-1-beside-the-paper.md") == isBeside)
      #expect(report.summary.contains("### Table 1 beside the paper") == isBeside)
      #expect(report.summary.contains("Relative changes that the paper quotes") == isBeside)
    }
  }

  /// Every kind of attribute of the paper's figures has a group of the world that is unlearned.
  @Test func axesHaveTheirGroups() throws {
    let layout = try Self.layout.get()
    #expect(Set(layout.groups.keys) == Set(layout.figures.axes.map(\.name)))
  }
}
