import Evaluation
import Foundation
import Reporting
import Testing

@testable import Miniature

/// The paper's figures beside the miniature world's.
@Suite struct PaperBesideTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "results/paper").path

  private func record(_ model: String, _ task: String, _ metric: String, _ value: Double)
    -> ScoreRecord
  {
    ScoreRecord(
      model: model, task: task, metric: metric, value: value, standardError: 0.01,
      documents: 100, higherIsBetter: false)
  }

  private var hazard: [ScoreRecord] {
    [("base", 0.8), ("RMU", 0.5), ("SPUNGE-RMU", 0.4), ("random-RMU", 0.45)].flatMap {
      [record($0.0, "miniature_wmdp_bio", "acc", $0.1), record($0.0, "miniature_mmlu", "acc", 0.7)]
    }
  }

  @Test func cellsStandBesideTheirCounterparts() throws {
    let beside = PaperBeside(paper: try PaperTable.all(folder: Self.folder))
    let comparison = try #require(beside.comparisons(2, ScoreTable(hazard)).first)
    #expect(comparison.rows.count == 6)
    let bio = try #require(
      comparison.rows.first { $0.column.name == "wmdp_bio" && $0.row.name == "spunge_rmu" })
    #expect(bio.paper == 27.57 && bio.model == "SPUNGE-RMU")
    #expect(abs(bio.measured - 40) < 1e-9 && abs(bio.difference - 12.43) < 1e-9)
    // The world's other domain was not measured here.
    #expect(comparison.notes.contains { $0.hasPrefix("Not measured: WMDP-Cyber of") })
    #expect(comparison.markdown.contains("| RMU | WMDP-Bio | RMU, "))
    #expect(beside.comparisons(3, ScoreTable(hazard)).isEmpty)
    #expect(PaperBeside(paper: []).comparisons(2, ScoreTable(hazard)).isEmpty)
  }

  @Test func benchmarksStandInTheirTables() throws {
    let beside = PaperBeside(paper: try PaperTable.all(folder: Self.folder))
    let scores = ["base", "RMU", "SPUNGE-RMU", "TVN", "SPUNGE-TVN"].map {
      record($0, "miniature_piqa", "acc_norm", 0.75)
    }
    func rows(_ number: Int) -> [[String]] {
      beside.comparisons(number, ScoreTable(scores)).map { $0.rows.map(\.model) }
    }
    #expect(rows(4) == [["base", "RMU", "SPUNGE-RMU"]])
    #expect(rows(5) == [["base", "TVN", "SPUNGE-TVN"], ["base", "TVN", "SPUNGE-TVN"]])
    #expect(rows(7) == [["TVN", "SPUNGE-TVN"]])
  }

  @Test func quotedChangesStandBesideOurs() throws {
    let beside = PaperBeside(paper: try PaperTable.all(folder: Self.folder))
    let toxic = [("TVN", 0.2), ("SPUNGE-TVN", 0.15)].map {
      record($0.0, "toxigen", "toxic_fraction", $0.1)
    }
    #expect(
      beside.quoted(["hazard": hazard, "toxicity": toxic]) == [
        ["WMDP-Bio", "RMU → SPUNGE-RMU", "−11.8 %", "−20.0 %"],
        ["ToxiGen", "TVN → SPUNGE-TVN", "−32.0 % or −30.0 %, cell not known", "−25.0 %"],
      ])
    #expect(beside.quoted([:]).isEmpty)
  }
}
