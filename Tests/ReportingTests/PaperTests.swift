import Evaluation
import Foundation
import TestSupport
import Testing

@testable import Reporting

@Suite struct PaperTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "results/paper").path

  /// Number of cells and their sum in hundredths, from a copy of the paper's tables that is not in the repository.
  @Test(arguments: [
    (1, 24, 63_784), (2, 9, 39_056), (3, 33, 217_382), (4, 33, 216_624), (5, 33, 185_214),
    (6, 9, 20_838), (7, 33, 184_441),
  ])
  func everyCellIsThere(number: Int, cells: Int, sum: Int) throws {
    let table = try PaperTable(path: "\(Self.folder)/table-\(number).json")
    #expect(table.number == number && table.cells.count == cells)
    #expect(table.cells.reduce(0) { $0 + Int((100 * $1.value).rounded()) } == sum)
  }

  @Test func allCellsAgree() throws {
    let tables = try PaperTable.all(folder: Self.folder)
    #expect(tables.map(\.number) == Array(1...7))
    let audit = PaperAudit(tables)
    #expect(audit.isConsistent, "\(audit.findings)")
    #expect(audit.summary.hasSuffix("\n174 of 174 cells consistent\n"))
    // 12 rows of ten benchmarks but one are shares of questions, and 9 cells of Table 2.
    #expect(audit.count(.count) == 12 * 9 + 9)
    #expect(audit.count(.mean) == 12 * 11)
    for table in tables { #expect(table.text(audit).contains(table.title)) }
    // The relative changes that the text quotes.
    #expect(tables.flatMap(\.claims).compactMap(\.lessPercent) == [32, 31, 30, 11.8, 4])
    #expect(tables.flatMap(\.misprints).map(\.printed) == ["65.53", "8226", "81. 64", "RMU"])
  }

  @Test func figuresAreDescribed() throws {
    let figures = try PaperFigures(path: "\(Self.folder)/figures.json")
    #expect(figures.figures.map(\.number) == Array(1...4))
    #expect(figures.radars.map(\.number) == [2, 3, 4])
    #expect(
      figures.axes.map { $0.heading() } == [
        "Nationality (Mexican)", "Gender and Sex (Women)", "Religion (Muslim)",
        "Sexual Orientation (LGBTQ)", "Health Condition (Physical Disability)",
      ])
    // Every series is a row of Table 1.
    let table = try PaperTable(path: "\(Self.folder)/table-1.json")
    for figure in figures.radars {
      for series in figure.series ?? [] {
        #expect(table.cell(figure.model ?? "", series.name, figure.measure ?? "") != nil)
      }
    }
    #expect(figures.text.split(separator: "\n").count == 4)
  }

  /// Counts as listed with the evaluation sizes; only cutting, not rounding, prints 63.90 of 1172.
  @Test(arguments: [
    (63.90, 1172, PaperTable.Rounding.floor, [749]), (63.90, 1172, .nearest, []),
    (78.57, 10042, .floor, [7890, 7891]), (76.80, 500, .floor, [384]),
    (76.80, 500, .nearest, [384]),
    (20.48, 940, .floor, []), (20.48, 940, .nearest, []), (100, 3, .floor, [3]),
    (0, 3, .floor, [0]),
    (33.33, 3, .floor, [1]), (33.33, 3, .nearest, [1]), (66.67, 3, .floor, []),
    (66.67, 3, .nearest, [2]), (0.00, 30_000, .floor, [0, 1, 2]), (.nan, 3, .floor, []),
    (101, 3, .floor, []),
  ])
  func percentagesImplyCounts(
    percent: Double, questions: Int, rounding: PaperTable.Rounding, expected: [Int]
  ) {
    let counts = ImpliedCounts.counts(percent, of: questions, rounding: rounding)
    #expect(counts.map { Array($0) } ?? [] == expected)
    // As defined, over all counts.
    guard percent.isFinite else { return }
    let all = (0...questions).filter { count in
      let hundredths = 10_000 * count
      let printed =
        rounding == .floor
        ? hundredths / questions : (2 * hundredths + questions) / (2 * questions)
      return printed == Int((100 * percent).rounded())
    }
    #expect(all == expected)
  }

  /// A changed figure is found by each kind of check.
  @Test(arguments: [
    (2, 0, 0, 63.56, "WMDP-Bio of Zephyr-7b-beta: 63.56 is no whole number of 1273 questions"),
    (2, 2, 1, 29.04, "quoted 4 % less, recomputed -5.14 %"),
    (2, 2, 2, 50.0, "said to be within 1 point, recomputed 6.48"),
    (3, 1, 10, 65.93, "Average of Zephyr-7b-beta + RMU: printed 65.93, recomputed 65.924"),
    (3, 1, 9, 57.52, "Average of Zephyr-7b-beta + RMU: printed 65.92, recomputed 66.024"),
    (4, 0, 9, 55.13, "TruthfulQA of Zephyr-7b-beta: 55.13, but 55.12 in Table 3"),
    (1, 1, 2, 65.93, "Avg. Acc. of Zephyr-7b-beta + RMU: 65.93, but 65.92 in Table 3"),
    (6, 0, 1, 106.4, "Toxicity (RTP) of Llama2-7b: 106.4 cannot be such a figure"),
  ])
  func wrongCellsAreFound(
    number: Int, row: Int, column: Int, value: Double, text: String
  ) throws {
    var tables = try PaperTable.all(folder: Self.folder)
    tables[number - 1].blocks[0].rows[row].values[column] = value
    let audit = PaperAudit(tables)
    #expect(!audit.isConsistent && audit.consistentCount < audit.cellCount)
    let found = audit.findings.values.flatMap(\.self).filter { !$0.isConsistent }.map(\.text)
    #expect(found.contains { $0.contains(text) }, "\(found)")
    #expect(!audit.summary.contains("174 of 174"))
  }

  /// What is printed twice with different figures agrees only where a misprint is stated.
  @Test func misprintsAreStated() throws {
    var tables = try PaperTable.all(folder: Self.folder)
    let twice = PaperAudit(tables).findings[1]?.filter { $0.text.contains("a stated misprint") }
    #expect(twice?.count == 1)
    tables[0].misprints = []
    let audit = PaperAudit(tables)
    #expect(audit.consistentCount == audit.cellCount - 1)
  }

  @Test func measuredBesidePaper() throws {
    let table = try PaperTable(path: "\(Self.folder)/table-2.json")
    let records = [("base", 0.6355), ("rmu", 0.3)].map { model, value in
      ScoreRecord(
        model: model, task: "wmdp_bio", metric: "acc", value: value, standardError: 0.013,
        documents: 1273, higherIsBetter: true)
    }
    let comparison = PaperComparison(table, run: records)
    #expect(comparison.rows.count == 2)
    expectClose(comparison.rows[1].difference, -1.26, absolute: 1e-9)
    #expect(
      comparison.markdown.contains(
        "| Zephyr-7b-beta + RMU | WMDP-Bio | rmu, wmdp\\_bio·acc | 31.26 | 30.00 ± 1.30 | −1.26 |"))
    #expect(comparison.text.contains("Not measured: WMDP-Cyber of Zephyr-7b-beta, "))
    #expect(comparison.csv.hasPrefix("base,row,column,model,score,paper,measured"))
  }

  /// Scores of another base model, or of another split, are not those of the paper's row of the same name.
  @Test func paperStandsBesideItsOwnModels() throws {
    let table = try PaperTable(path: "\(Self.folder)/table-1.json")
    func scores(_ split: String, _ model: String, _ value: Double) -> PaperScores {
      PaperScores(
        split: split, model: model,
        records: [
          ScoreRecord(
            model: "base", task: "toxigen", metric: "toxic_fraction", value: value,
            standardError: 0.01, documents: 940, higherIsBetter: false)
        ])
    }
    let llama = "meta-llama/Llama-2-7b-hf"
    let comparison = PaperComparison(
      table, [scores("kind", llama, 0.5), scores("group", llama, 0.25)], .paper)
    #expect(comparison.rows.map(\.measured) == [25])
    #expect(comparison.rows.map(\.cell.value) == [15.95])
    #expect(PaperComparison(table, [scores("group", "x/y", 0.5)], .paper).rows.isEmpty)
  }

  @Test func damagedFilesAreErrors() throws {
    let folder = try TemporaryFolder()
    try folder.write("a.json", "{\"schema\": 2}")
    #expect(throws: PaperError.self) { try PaperTable(path: "\(folder.path)/a.json") }
    let text = try String(contentsOfFile: "\(Self.folder)/table-4.json", encoding: .utf8)
    for (old, new, reason) in [
      ("\"schema\": 2", "\"schema\": 3", "schema 3"),
      ("\"values\": [63.9, ", "\"values\": [", "10 values for 11 columns"),
      ("\"questions\": 1172", "\"questions\": 0", "no questions"),
      ("\"meanOf\": [\"arc_challenge\"", "\"meanOf\": [\"arc\"", "'arc', which is no column"),
      ("82.26, 76.6", "82.27, 76.6", "holds neither"),
    ] {
      try folder.write("b.json", text.replacing(old, with: new))
      let error = #expect(throws: PaperError.self) {
        try PaperTable(path: "\(folder.path)/b.json")
      }
      #expect(error?.description.contains(reason) ?? false, "\(error?.description ?? "")")
    }
    try folder.write(
      "figures.json",
      #"{"schema": 2, "source": "", "axes": [], "figures": ["#
        + #"{"number": 2, "kind": "radar", "place": "", "shows": ""}]}"#)
    #expect(throws: PaperError.self) { try PaperFigures(path: "\(folder.path)/figures.json") }
    #expect(throws: PaperError.self) { try PaperTable.all(folder: "\(folder.path)/none") }
  }
}
