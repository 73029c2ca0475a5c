import Evaluation
import Foundation
import Testing

@testable import Reporting

/// Generated tables and figures have the paper's rows, columns, axes and series in its order.
@Suite struct PaperLayoutTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let folder = root.appending(path: "results/paper").path
  private static let tables = Result { try PaperTable.all(folder: folder) }
  private static let figures = Result { try PaperFigures(path: "\(folder)/figures.json") }

  /// All that a whole reproduction measures, in an order that is not the paper's.
  private static func scores(
    _ measures: PaperMeasures, title: (String) -> String?
  ) throws -> [PaperScores] {
    let tables = try tables.get()
    let axes = try figures.get().axes
    return Dictionary(
      grouping: tables.flatMap { table in
        table.blocks.map { (table: table, block: $0) }
      }
    ) { [$0.table.split, $0.block.model] }.map { key, blocks in
      let columns = Set(blocks.flatMap { $0.table.columns.map(\.name) })
      let rows = Set(blocks.flatMap { $0.block.rows.map(\.name) } + ["random_rmu"])
      let records = rows.flatMap { row in
        columns.flatMap { column -> [ScoreColumn] in
          let groups = column == "toxigen_toxicity" ? axes.map(\.group) + ["other"] : []
          return [measures.score(column)].compactMap(\.self)
            + groups.compactMap { measures.score(column, group: $0) }
        }.map { score in
          ScoreRecord(
            model: row, task: score.task, metric: score.metric, filter: score.filter, value: 0.5,
            standardError: 0.01, documents: 10, higherIsBetter: true)
        }
      }
      return PaperScores(
        split: key[0], model: key[1], title: title(key[1]), records: records)
    }
  }

  @Test(arguments: [false, true])
  func tablesAreThePapers(isMiniature: Bool) throws {
    let names = ["HuggingFaceH4/zephyr-7b-beta": "Z", "meta-llama/Llama-2-7b-hf": "L"]
    let measures = isMiniature ? PaperMeasures.miniature : .paper
    let scores = try Self.scores(measures) { isMiniature ? names[$0] : nil }
    let layout = PaperArtefacts.Layout(
      tables: try Self.tables.get(), figures: try Self.figures.get(), measures: measures)
    let artefacts = PaperArtefacts(scores, layout)
    #expect(artefacts.tables.map(\.number) == Array(1...7))
    for (made, printed) in zip(artefacts.tables, try Self.tables.get()) {
      let table = made.report.table
      #expect(made.name == "table-\(printed.number)")
      #expect(made.report.title == printed.heading)
      #expect(table.columns.map(table.title) == printed.columns.map(\.heading))
      let rows = printed.blocks.flatMap { block in
        block.rows.map { row in
          let base = isMiniature ? names[block.model] ?? "" : block.title
          return row.name == "base" ? base : "\(base) + \(row.title)"
        }
      }
      #expect(table.models == rows)
      #expect(made.report.footnotes.allSatisfy { !$0.hasPrefix("—") })
      // As read: benchmarks are rows where the paper has them as rows.
      let grid = CellText(made.report).grid
      let headings = printed.columns.map(\.heading)
      #expect(grid.headings.dropFirst() == (printed.columnsAreRows ? rows : headings)[...])
      #expect(grid.rows.map { $0[0] } == (printed.columnsAreRows ? headings : rows))
      #expect(made.beside?.rows.count == printed.cells.count)
      // Beside the paper: the same layout, two columns for each.
      let beside = try #require(made.beside).besideTable
      let kinds = printed.columnsAreRows ? rows : headings
      #expect(beside.headings.dropFirst() == kinds.flatMap { ["\($0), paper", "measured"] }[...])
      #expect(
        beside.blocks[0].rows.map { $0[0] } == (printed.columnsAreRows ? headings : rows))
    }
    #expect(artefacts.beyond.allSatisfy { $0.report.title.hasPrefix("Beyond the paper: ") })
    #expect(
      artefacts.quoted.map { $0[2] } == [
        "−32.00 %", "−31.00 %", "−30.00 %", "−11.80 %", "−4.00 %",
      ])
  }

  @Test func figuresAreThePapers() throws {
    let figures = try Self.figures.get()
    let layout = PaperArtefacts.Layout(
      tables: try Self.tables.get(), figures: figures, measures: .paper)
    let artefacts = PaperArtefacts(try Self.scores(.paper) { _ in nil }, layout)
    #expect(artefacts.figures.map(\.number) == [2, 3, 4])
    for (made, printed) in zip(artefacts.figures, figures.radars) {
      let radar = try #require(made.chart as? RadarChart)
      #expect(radar.axes == figures.axes.map { $0.heading() })
      #expect(radar.series.map(\.name) == (printed.series ?? []).map(\.title))
      #expect(radar.series.allSatisfy { !$0.values.contains(nil) })
      #expect(radar.title.hasPrefix("Figure \(printed.number): "))
    }
  }

  @Test func wantedOnesAloneAreMade() throws {
    let layout = PaperArtefacts.Layout(
      tables: try Self.tables.get(), figures: try Self.figures.get(), measures: .paper)
    let scores = try Self.scores(.paper) { _ in nil }
    let table = PaperArtefacts(scores, layout, tables: [3])
    #expect(table.tables.map(\.number) == [3] && table.figures.isEmpty && table.beyond.isEmpty)
    let figure = PaperArtefacts(scores, layout, figures: [4])
    #expect(figure.tables.isEmpty && figure.figures.map(\.number) == [4])
  }

  /// Rows of the control split and groups that were not unlearned are in tables of their own.
  @Test func whatGoesBeyondHasItsOwnTables() throws {
    let layout = PaperArtefacts.Layout(
      tables: try Self.tables.get(), figures: try Self.figures.get(), measures: .paper)
    let beyond = PaperArtefacts(try Self.scores(.paper) { _ in nil }, layout).beyond
    let random = try #require(beyond.first { $0.name == "beyond-random-parts-2" })
    #expect(random.report.table.models == ["Zephyr-7b-beta", "Zephyr-7b-beta + random-RMU"])
    let groups = try #require(beyond.first { $0.name == "beyond-groups-llama2-7b" })
    let table = groups.report.table
    #expect(
      table.columns.map(table.title)
        == (try Self.figures.get().axes.map { $0.heading() }) + ["other (not unlearned)"])
    #expect(table.models.first == "Llama2-7b" && table.models.contains("SPUNGE-TVN"))
  }

  /// Changes are those from the base model of the row.
  @Test func everyBlockHasItsOwnBase() throws {
    func record(_ row: String, _ value: Double) -> ScoreRecord {
      ScoreRecord(
        model: row, task: "toxigen", metric: "toxic_fraction", value: value, standardError: 0.01,
        documents: 10, higherIsBetter: false)
    }
    let scores = [("HuggingFaceH4/zephyr-7b-beta", 0.5), ("meta-llama/Llama-2-7b-hf", 0.4)].map {
      PaperScores(
        split: "group", model: $0.0,
        records: [record("base", $0.1), record("task_vector_negation", 0.1)])
    }
    let report = try #require(try Self.tables.get()[0].report(scores, .paper))
    let text = ReportFormat.markdown.render(report)
    #expect(text.contains("| Zephyr-7b-beta + TVN | 10.00 ± 1.00 (−40.00) | — | — |"), "\(text)")
    #expect(text.contains("| Llama2-7b + TVN | 10.00 ± 1.00 (−30.00) | — | — |"), "\(text)")
    #expect(text.contains("(change from the row's base model)"))
    #expect(text.contains("PPL ↓: not scored (and 8 more remarks, in the JSON)"))
  }

  /// The metrics of columns are those that the groups' averages are made of.
  @Test(arguments: ["harness/paper.yaml", "miniature/miniature.yaml"])
  func metricsAreThoseOfTheAverages(file: String) throws {
    let text = try String(
      contentsOf: Self.root.appending(path: "tasks/\(file)"), encoding: .utf8)
    let measures = file.hasPrefix("harness") ? PaperMeasures.paper : .miniature
    let table = try Self.tables.get()[2]
    for column in table.columns where column.meanOf == nil {
      let score = try #require(measures.score(column.name))
      let filter = score.filter == "none" ? "" : ",\(score.filter)"
      #expect(text.contains("\n    \(score.task): \(score.metric)\(filter)\n"), "\(column.name)")
    }
  }
}
