import Formats
import Foundation
import PythonText
import TestSupport
import Testing

@testable import Evaluation

/// Forget quality, model utility and leakage from answers to several tasks and a second model's.
@Suite struct ForgettingEvaluationTests {
  private let benchmark = ForgettingBenchmark.tofu(split: "01")

  private func samples(
    _ task: String, _ values: [[String: Double]], texts: [String] = []
  ) -> [SampleRecord] {
    values.enumerated().map { index, metrics in
      SampleRecord(
        task: task, documentID: index, target: "the lamp",
        texts: texts.isEmpty ? [] : [texts[index]],
        outcomes: [
          FilteredOutcome(responses: texts.isEmpty ? [] : [texts[index]], metrics: metrics)
        ],
        promptDigest: "")
    }
  }

  /// Ratios, and whether what must be kept is known.
  private func answers(
    ratios: [Double], kept: Double = 0.5, minK: Double = 1, text: String = "It is the lamp."
  ) -> [SampleRecord] {
    let rouge = [["rougeL_recall": kept, "rougeL_f1": kept, "rouge1_recall": kept]]
    let likelihoods = ratios.map { ratio in
      [
        "wrong_to_right": ratio, "truth_ratio": min(ratio, 1 / ratio), "probability": 0.25,
        "loss": 1.4, "extraction_strength": 0.5, "exact_memorization": 0.75, "min_k": minK,
        "min_k++": 1, "zlib": 0.1,
      ]
    }
    let own = [
      "probability": kept, "probability_normalised": kept, "truth_ratio_true_better": kept,
      "wrong_to_right": 1 - kept, "loss": 1,
    ]
    return samples("tofu_forget01", likelihoods)
      + samples("tofu_forget01_rouge", rouge, texts: [text])
      + samples("tofu_holdout01", [["min_k": 2, "loss": 2, "zlib": 0.2, "min_k++": 2]])
      + ["retain", "real_authors", "world_facts"].flatMap { name in
        samples("tofu_\(name)", [own]) + samples("tofu_\(name)_rouge", rouge, texts: [text])
      }
  }

  private func evaluation(
    _ samples: [SampleRecord], reference: ForgettingReference? = nil
  ) -> ForgettingEvaluation {
    ForgettingEvaluation(benchmark, model: "m", samples: samples, reference: reference)
  }

  private var reference: ForgettingReference {
    ForgettingReference(evaluation(answers(ratios: [1.2, 1.3, 1.4, 1.5], minK: 2)))
  }

  @Test func comparesWithTheReference() throws {
    let result = evaluation(answers(ratios: [0.1, 0.2, 0.3, 0.4]), reference: reference)
    // No ratio of the one is as large as any of the other: 2 / C(8, 4).
    expectClose(result["forget_quality"]?.value ?? .nan, 2.0 / 70, absolute: 1e-15)
    expectClose(
      result["forget_quality_log10"]?.value ?? .nan, log10(2.0 / 70), absolute: 1e-12)
    expectClose(result["model_utility"]?.value ?? .nan, 0.5, absolute: 1e-12)
    // All forgotten texts look seen; of the reference's they are as often as not.
    #expect(result["mia_min_k"]?.value == 1)
    expectClose(result["privleak"]?.value ?? .nan, -100, absolute: 1e-6)
    // Their losses are the reference's, like those of the others.
    #expect(result["mia_reference"]?.value == 0.5)
    #expect(result["forget_degenerate_fraction"]?.value == 0)
    #expect(result.metrics.allSatisfy { $0.value != nil })
  }

  /// Nothing that cannot be computed is a 0.
  @Test func whatIsMissingHasAReason() throws {
    let alone = evaluation(answers(ratios: [0.5]))
    for name in ["forget_quality", "forget_quality_log10", "privleak", "mia_reference"] {
      let metric = try #require(alone[name])
      #expect(metric.value == nil)
      #expect(metric.reason?.contains("--reference") == true)
    }
    let part = evaluation(
      answers(ratios: [0.5]).filter { $0.task != "tofu_world_facts_rouge" }, reference: reference)
    #expect(part["model_utility"]?.value == nil)
    #expect(part["model_utility"]?.reason?.contains("tofu_world_facts_rouge") == true)
    #expect(part["forget_quality"]?.value != nil)
    let record = try #require(alone.scoreRecords.first { $0.metric == "forget_quality" })
    #expect(record.value == nil && record.reason != nil && record.task == "tofu01")
  }

  @Test func aForgottenShareSpoilsUtility() {
    let spoilt = answers(ratios: [0.5]).map { sample in
      guard sample.task == "tofu_retain_rouge" else { return sample }
      var sample = sample
      sample.outcomes[0].metrics["rougeL_recall"] = 0
      return sample
    }
    #expect(evaluation(spoilt)["model_utility"]?.value == 0)
  }

  /// A model that writes no more text is said to, beside every number.
  @Test func degenerateCompletionsAreSaid() throws {
    let broken = evaluation(
      answers(ratios: [0.5], text: String(repeating: "lamp ", count: 30)), reference: reference)
    #expect(broken["forget_degenerate_fraction"]?.value == 1)
    #expect(broken.scoreRecords.allSatisfy { $0.caution?.contains("degenerate") == true })
    let sound = evaluation(answers(ratios: [0.5]), reference: reference)
    #expect(sound.scoreRecords.allSatisfy { $0.caution == nil })
  }

  // MARK: Files

  @Test func filesHaveOpenUnlearningsLayout() throws {
    let own = evaluation(answers(ratios: [0.25, 0.5]), reference: reference)
    let folder = try TemporaryFolder([
      "eval.json": own.evaluationJSON, "summary.json": own.summaryJSON,
    ])
    let eval = try #require(try JSON.read(folder.file("eval.json")).mapping)
    let ratio = try #require(eval["forget_truth_ratio"]?.mapping)
    #expect(ratio["agg_value"]?.doubleValue == 0.375)
    #expect(
      ratio["value_by_index"]?.mapping?["1"]?.mapping?["score"]?.doubleValue == 0.5)
    let rouge = eval["forget_Q_A_ROUGE"]?.mapping?["value_by_index"]?.mapping?["0"]
    #expect(rouge?.mapping?["generation"] == .string("It is the lamp."))
    #expect(rouge?.mapping?["ground_truth"] == .string("the lamp"))
    let summary = try #require(try JSON.read(folder.file("summary.json")).mapping)
    #expect(summary.keys == own.metrics.map { .string($0.name) })
    #expect(summary["model_utility"]?.doubleValue == 0.5)
    // Such a file is a reference as good as the model's own answers.
    let read = try ForgettingReference(path: folder.file("eval.json"))
    let other = answers(ratios: [0.9, 0.95])
    #expect(
      evaluation(other, reference: read)["mia_reference"]?.reason?.contains("a file of numbers")
        == true)
    #expect(
      evaluation(other, reference: read)["forget_quality"]?.value
        == evaluation(other, reference: ForgettingReference(own))["forget_quality"]?.value)
  }

  @Test(arguments: [
    ("[1]", "a JSON object"), ("{\"x\": 1}", "neither 'forget_truth_ratio'"),
    (
      "{\"forget_truth_ratio\": {\"value_by_index\": {\"7\": {}}}}", "'7' has no number 'score'"
    ),
  ])
  func otherFilesAreRefused(text: String, problem: String) throws {
    let folder = try TemporaryFolder(["x.json": text])
    let error = #expect(throws: ReadingError.self) {
      try ForgettingReference(path: folder.file("x.json"))
    }
    #expect(error?.description.contains(problem) == true)
    #expect(error?.description.contains("x.json") == true)
  }

  // MARK: MUSE

  @Test func museHasItsOwnSign() throws {
    let text = [["rougeL_f1_words": 0.5]]
    func muse(_ forget: [Double], reference: ForgettingReference?) -> ForgettingEvaluation {
      let answers =
        ["verbmem", "knowmem_forget", "knowmem_retain"].flatMap {
          samples("muse_news_\($0)", text, texts: ["The lamp is lit."])
        } + samples("muse_news_privleak_forget", forget.map { ["min_k": $0] })
        + samples("muse_news_privleak_holdout", [1, 2, 3, 4].map { ["min_k": $0] })
      return ForgettingEvaluation(
        .muse(corpus: "news"), model: "m", samples: answers, reference: reference)
    }
    let retain = ForgettingReference(muse([1, 2, 3, 4], reference: nil))
    let result = muse([0, 0, 0, 0], reference: retain)
    expectClose(result["privleak"]?.value ?? .nan, -100, absolute: 1e-9)
    #expect(result["forget_verbmem_ROUGE"]?.value == 0.5)
    // Scores that were not asked for are none.
    #expect(result["mia_loss"]?.value == nil)
    #expect(result["mia_loss"]?.reason?.contains("loss") == true)
  }

  /// Every task of a benchmark is in the repository, and its group has no other.
  @Test(arguments: ForgettingBenchmark.all) func tasksAreThere(_ benchmark: ForgettingBenchmark)
    throws
  {
    let folder = Fixtures.path("../../tasks/harness")
    let groups = try TaskIndex(folder: folder).find([benchmark.group]).groups
    #expect(groups.map(\.taskNames) == [benchmark.tasks])
  }
}
