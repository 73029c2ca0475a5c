import Evaluation
import Foundation
import TestSupport
import Testing

@testable import Reporting

/// What attacks brought back, on answers made up for it.
@Suite struct RobustnessTests {
  /// Of 100 questions: right in each row.
  private let right = [
    "base": 80, "rmu": 30, "relearnt-5": 50, "relearnt-20": 78, "q4": 40, "retain": 25,
    "retain-5": 35, "retain-20": 37,
  ]
  private let attacks = [
    AttackedRow(
      row: "relearnt-20", source: "rmu", attack: "relearn", kind: .relearning, documents: 20),
    AttackedRow(
      row: "relearnt-5", source: "rmu", attack: "relearn", kind: .relearning, documents: 5),
    AttackedRow(row: "q4", source: "rmu", attack: "quantise nf4", kind: .rounding),
    AttackedRow(
      row: "retain-5", source: "retain", attack: "relearn", kind: .relearning, documents: 5),
    AttackedRow(
      row: "retain-20", source: "retain", attack: "relearn", kind: .relearning, documents: 20),
    AttackedRow(row: "gone", source: "rmu", attack: "prune", kind: .other),
  ]

  private func robustness(
    attacks: [AttackedRow]? = nil, reference: String? = "retain"
  ) -> Robustness {
    var (records, samples): ([ScoreRecord], [String: [SampleRecord]]) = ([], [:])
    for (model, count) in right.sorted(by: { $0.key < $1.key }) {
      records.append(
        ScoreRecord(
          model: model, task: "facts", metric: "acc", value: Double(count) / 100,
          standardError: nil, documents: 100, higherIsBetter: true))
      samples[model] = (0..<100).map { document in
        SampleRecord(
          task: "facts", documentID: document, target: "",
          outcomes: [FilteredOutcome(metrics: ["acc": document < count ? 1 : 0])],
          promptDigest: "p\(document)")
      }
    }
    return Robustness(
      records, samples: samples, attacks: attacks ?? self.attacks, base: "base",
      reference: reference, seed: 1)
  }

  @Test func sharesOfWhatCameBack() throws {
    let robustness = robustness()
    #expect(robustness.cells.count == 5)
    // Nothing was unlearned from the reference.
    #expect(robustness.cells.allSatisfy { $0.attack.source == "rmu" || $0.regained == nil })
    #expect(robustness.summaries.map(\.model) == ["rmu"])
    let cells = Dictionary(uniqueKeysWithValues: robustness.cells.map { ($0.attack.row, $0) })
    let twenty = try #require(cells["relearnt-20"])
    expectClose(try #require(twenty.regained), 0.96, absolute: 1e-12)
    let interval = try #require(twenty.interval)
    #expect(interval.lowerBound > 0.85 && interval.lowerBound < 0.96 && interval.upperBound <= 1)
    #expect(try #require(twenty.adjustedP) < 1e-6)
    // 12 points in the reference, 48 here; 10 and 20.
    expectClose(try #require(twenty.robustness), 0.25, absolute: 1e-12)
    expectClose(try #require(cells["relearnt-5"]?.robustness), 0.5, absolute: 1e-12)
    expectClose(try #require(cells["q4"]?.robustness), 0.75, absolute: 1e-12)
    let summary = try #require(robustness.summaries.first { $0.model == "rmu" })
    expectClose(try #require(summary.relearning), 0.25, absolute: 1e-12)
    expectClose(try #require(summary.harmonicMean), 0.375, absolute: 1e-12)
    let recovery = try #require(summary.recoveries.first)
    #expect(recovery.curve.map(\.documents) == [5, 20])
    #expect(recovery.documents(regaining: 0.5) == 20 && recovery.documents(regaining: 0.9) == 20)
    #expect(recovery.documents(regaining: 0.99) == nil)
  }

  /// A chain begins with the unlearned model, and what its last step changed is tested against the step before.
  @Test func chains() throws {
    let chained =
      attacks + [
        AttackedRow(row: "retain", source: "relearnt-5", attack: "quantise nf4", kind: .rounding)
      ]
    let robustness = robustness(attacks: chained, reference: nil)
    let cell = try #require(robustness.cells.last)
    #expect(cell.attack.source == "relearnt-5" && cell.before == 0.5 && cell.after == 0.25)
    expectClose(try #require(cell.regained), -25.0 / 30, absolute: 1e-12)
  }

  @Test func withoutAReferenceThereIsNoR() {
    let robustness = robustness(reference: nil)
    #expect(robustness.cells.allSatisfy { $0.attack.kind == .rounding || $0.robustness == nil })
    #expect(robustness.markdown.contains("R needs a reference model"))
  }

  /// A score that the unlearned model raised, such as perplexity or what a careless attack lowers.
  @Test(arguments: [
    (AttackedRow.Kind.rounding, 10.0, 40.0, 20.0, 0.5), (.rounding, 10, 40, 50, 1),
    (.rounding, 0.8, 0.3, 0.2, 1), (.relearning, 0.8, 0.3, 0.2, 1),
    (.relearning, 0.8, 0.3, 0.7, 0.25), (.relearning, 0.2, 0.7, 0.3, 0),
  ])
  func orientation(
    _ kind: AttackedRow.Kind, base: Double, before: Double, after: Double, expected: Double
  ) throws {
    let value = Robustness.robustness(
      kind, base: base, before: before, after: after, reference: (0.2, 0.3))
    expectClose(try #require(value), expected, absolute: 1e-12)
  }

  @Test func pageAndJSON() throws {
    let robustness = robustness()
    let page = robustness.markdown
    #expect(
      page.contains("| rmu | relearn, 20 documents | facts·acc | 80.00 | 30.00 | 78.00 | 96 ["))
    #expect(page.contains("96 % of what unlearning had changed came back"))
    #expect(page.contains("| rmu | facts·acc | 0.25 | 0.75 | 0.3"))
    let content = try JSONSerialization.jsonObject(with: Data(robustness.json().utf8))
    let attacks = (content as? [String: Any])?["attacks"] as? [[String: Any]]
    #expect(attacks?.count == 5 && attacks?.first?["regained"] as? Double == 0.96)
  }
}
