import Evaluation
import Foundation
import TestSupport
import Testing

@testable import Reporting

@Suite struct VariantComparisonTests {
  private func variant(_ name: String, _ right: Set<Int>, digest: String = "p") -> ScoredVariant {
    let texts = (0..<6).map { id in
      SampleRecord(
        task: "wiki", documentID: id, target: "",
        outcomes: [
          .init(metrics: [
            "word_perplexity": Double(-20 * (id + 1)) - (right.contains(0) ? 0 : 9),
            "words": Double(8 + id),
          ])
        ], promptDigest: "w\(id)")
    }
    let perplexity = Metric.all.first { $0.name == "word_perplexity" }?.pool(texts).value
    return ScoredVariant(
      name: name,
      scores: [
        ScoreRecord(
          model: name, task: "arc", metric: "acc", value: Double(right.count) / 10,
          standardError: 0.1, documents: 10, higherIsBetter: true),
        ScoreRecord(
          model: name, task: "wiki", metric: "word_perplexity", value: perplexity,
          standardError: nil, documents: 6, higherIsBetter: false),
        ScoreRecord(
          model: name, task: "all", metric: "acc", value: Double(right.count) / 10,
          standardError: 0.1, documents: 10, higherIsBetter: true, members: ["arc"]),
      ],
      samples: (0..<10).map { id in
        SampleRecord(
          task: "arc", documentID: id, target: "answer \(id)",
          outcomes: [.init(metrics: ["acc": right.contains(id) ? 1 : 0])],
          promptDigest: "\(digest)\(id)")
      } + texts)
  }

  @Test func flippedQuestionsAndTests() throws {
    let comparison = VariantComparison(
      variant("base", Set(0..<8)), variant("rmu", [7, 8]), seed: 1)
    let arc = try #require(comparison[ScoreColumn(task: "arc", metric: "acc")])
    expectClose(arc.change, -0.6, absolute: 1e-12)
    expectClose(try #require(arc.relativeChange), -0.75, absolute: 1e-12)
    let paired = try #require(arc.paired)
    #expect((paired.gained, paired.lost) == (1, 7))
    expectClose(paired.pValue, 0.0703125, absolute: 1e-12)
    expectClose(try #require(paired.midP), 0.0703125 - 8.0 / 256, absolute: 1e-12)
    #expect(
      comparison.flips.map(\.documentID) == [0, 1, 2, 3, 4, 5, 6, 8])
    #expect(comparison.flips.filter(\.isGained).map(\.target) == ["answer 8"])
    let wiki = try #require(comparison[ScoreColumn(task: "wiki", metric: "word_perplexity")])
    #expect(wiki.paired?.test == .pairedBootstrap)
    #expect(wiki.change > 0)
    // A group's score is tested on its members' documents.
    #expect(comparison[ScoreColumn(task: "all", metric: "acc")]?.paired?.lost == 7)
    let text = comparison.text(flipCount: 2)
    #expect(text.contains("arc·acc: 1 gained, 7 lost\n  − document 0, answer 'answer 0'"))
    #expect(text.contains("… and 6 more"))
    #expect(!comparison.text(flipCount: 0).contains("document 0"))
  }

  @Test func sameNamesAndOtherPrompts() {
    let comparison = VariantComparison(
      variant("m", Set(0..<8)), variant("m", Set(0..<3), digest: "q"), seed: 1)
    #expect(comparison.first.name == "m (A)")
    #expect(comparison.flips.isEmpty)
    #expect(
      comparison.notes.contains(
        "arc: 10 questions were asked with other prompts; they are not paired"))
    #expect(comparison[ScoreColumn(task: "arc", metric: "acc")]?.paired == nil)
  }

  @Test func jsonHoldsEverything() throws {
    let comparison = VariantComparison(
      variant("base", Set(0..<8)), variant("rmu", [7, 8]), seed: 1)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(comparison.json.utf8)) as? [String: Any])
    #expect((object["flips"] as? [Any])?.count == 8)
    let rows = try #require(object["scores"] as? [[String: Any]])
    #expect(rows.map { $0["test"] as? String } == ["mcnemar", "paired_bootstrap", "mcnemar"])
    #expect(rows[0]["p_holm"] as? Double != nil)
    #expect(rows[0]["cohens_h"] as? Double != nil)
  }

  /// The harness's own samples of the village: metrics as it wrote them.
  @Test func readsTheHarnesssSamples() throws {
    let path = Fixtures.path("village/reference/samples_village_choice_0.jsonl")
    let samples = try HarnessSampleFile.scored(
      path: path, task: HarnessSampleFile.task(of: path))
    let results = try HarnessReader.scores(path: Fixtures.path("village/reference/results.json"))
    let score = try #require(results.first { $0.task == "village_choice" && $0.metric == "acc" })
    #expect(samples.allSatisfy { $0.task == "village_choice" })
    let values = samples.compactMap { $0.value("acc", filter: score.filter) }
    #expect(values.count == samples.count)
    expectClose(
      values.reduce(0, +) / Double(values.count), score.value ?? .nan, absolute: 1e-12)
    let comparison = VariantComparison(
      ScoredVariant(name: "a", scores: [score], samples: samples),
      ScoredVariant(name: "b", scores: [score], samples: samples), seed: 1)
    #expect(comparison[ScoreColumn(task: "village_choice", metric: "acc")]?.paired?.pValue == 1)
  }
}
