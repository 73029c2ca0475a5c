import Evaluation
import Foundation
import TestSupport
import Testing

@testable import Reporting

@Suite struct PaperTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "results/paper").path

  @Test func figuresAgreeWithEachOther() throws {
    let tables = try PaperTable.all(folder: Self.folder)
    #expect(
      tables.map(\.name) == [
        "benchmarks-implicit-explicit", "benchmarks-llama2", "benchmarks-zephyr",
        "hazardous-knowledge", "toxicity",
      ])
    for table in tables {
      let check = PaperCheck(table)
      #expect(check.disagreements.isEmpty, "\(table.name): \(check.disagreements)")
      #expect(check.findings.contains { $0.kind == .agrees }, "\(table.name)")
      #expect(!table.text.isEmpty)
    }
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

  @Test func wrongCellsAreFound() throws {
    var table = try PaperTable(path: "\(Self.folder)/hazardous-knowledge.json")
    table.cells[0].value = 63.56
    table.cells[4].value = 29
    let found = PaperCheck(table).disagreements.map(\.text)
    #expect(found.count == 3, "\(found)")
    #expect(
      found.contains { $0.hasPrefix("WMDP-Bio: not the recorded counts of 1273: base 63.56") })
    #expect(found.contains { $0.hasPrefix("wmdp_cyber, rmu → spunge_rmu: quoted 4 % less") })
  }

  @Test func averagesAreRecomputed() throws {
    var table = try PaperTable(path: "\(Self.folder)/benchmarks-zephyr.json")
    let open = PaperCheck(table).findings.first { $0.text.hasPrefix("Average of base") }
    #expect(
      open?.text == "Average of base: cannot be recomputed without truthfulqa_mc2; "
        + "it implies 53.07…53.16 for it")
    func verdict() -> PaperCheck.Finding.Kind? {
      PaperCheck(table).findings.first { $0.text.hasPrefix("Average of base") }?.kind
    }
    table.cells.append(.init(row: "base", column: "truthfulqa_mc2", value: 53.16))
    #expect(verdict() == .agrees)
    table.cells[table.cells.count - 1].value = 53.17
    #expect(verdict() == .disagrees)
  }

  @Test func measuredBesidePaper() throws {
    let table = try PaperTable(path: "\(Self.folder)/hazardous-knowledge.json")
    let records = [("base", 0.6355), ("rmu", 0.3)].map { model, value in
      ScoreRecord(
        model: model, task: "wmdp_bio", metric: "acc", value: value, standardError: 0.013,
        documents: 1273, higherIsBetter: true)
    }
    let comparison = PaperComparison(table, measured: ScoreTable(records))
    #expect(comparison.rows.count == 2)
    expectClose(comparison.rows[1].difference, -1.26, absolute: 1e-9)
    #expect(
      comparison.markdown.contains(
        "| RMU | WMDP-Bio | rmu, wmdp\\_bio·acc | 31.26 | 30.00 ± 1.30 | −1.26 |"))
    #expect(comparison.text.contains("Not measured: WMDP-Bio of SPUNGE-RMU"))
    #expect(comparison.csv.hasPrefix("row,column,model,score,paper,measured"))
  }

  @Test func cellsWithoutATaskAreListed() throws {
    let record = ScoreRecord(
      model: "base", task: "toxigen", metric: "toxic_fraction", value: 0.2, standardError: 0.01,
      documents: 940, higherIsBetter: false)
    func comparison(_ name: String) throws -> PaperComparison {
      PaperComparison(
        try PaperTable(path: "\(Self.folder)/\(name).json"), measured: ScoreTable([record]))
    }
    let toxicity = try comparison("toxicity")
    #expect(toxicity.rows.count == 1)
    expectClose(toxicity.rows[0].difference, 20 - 15.95, absolute: 1e-9)
    let benchmarks = try comparison("benchmarks-zephyr")
    #expect(benchmarks.notes.contains { $0.hasPrefix("No task of ours: Average of ") })
  }

  @Test func damagedFilesAreErrors() throws {
    let folder = try TemporaryFolder()
    try folder.write("a.json", "{\"schema\": 1}")
    #expect(throws: PaperError.self) { try PaperTable(path: "\(folder.path)/a.json") }
    let text = try String(contentsOfFile: "\(Self.folder)/toxicity.json", encoding: .utf8)
    for (old, new, reason) in [
      ("\"schema\": 1", "\"schema\": 2", "schema 2"),
      ("\"row\": \"base\"", "\"row\": \"x\"", "'x'"),
      ("\"questions\": 940", "\"questions\": 0", "no questions"),
    ] {
      try folder.write("b.json", text.replacing(old, with: new))
      let error = #expect(throws: PaperError.self) {
        try PaperTable(path: "\(folder.path)/b.json")
      }
      #expect(error?.description.contains(reason) ?? false)
    }
    #expect(throws: PaperError.self) { try PaperTable.all(folder: "\(folder.path)/none") }
  }
}
