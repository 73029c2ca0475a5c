import Evaluation
import Formats
import Foundation
import PythonText
import TestSupport
import Testing

/// Our tasks against what lm-evaluation-harness made of the same files: every prompt, every draw,
/// every score.
@Suite struct HarnessGoldenTests {
  static let goldens = ProcessInfo.processInfo.environment["SPUNGE_GOLDENS"]
  static let data = ProcessInfo.processInfo.environment["SPUNGE_DATA"]
  static let runs = [
    ("arc_challenge", 25), ("arc_easy", 0), ("arc_easy", 25), ("gsm8k", 5), ("hellaswag", 10),
    ("mathqa", 5), ("mmlu_college_biology", 5), ("mmlu_computer_security", 5),
    ("mmlu_global_facts", 5), ("piqa", 5), ("pubmedqa", 5), ("truthfulqa_mc1", 0),
    ("truthfulqa_mc2", 0), ("wikitext", 0), ("winogrande", 5),
  ]

  @Test(.enabled(if: goldens != nil && data != nil), arguments: runs)
  func promptsAndScoresAgree(task name: String, shots: Int) throws {
    let folder = URL(fileURLWithPath: Self.goldens ?? "").appendingPathComponent("smollm2")
    let rows = try DocumentFile.read(
      folder.appendingPathComponent("\(name)-\(shots)shot.jsonl").path)
    let index = try TaskIndex(folder: Fixtures.tasks("harness"))
    let task = try #require(try index.tasks(named: name).first)
    let settings = EvaluationSettings(limit: rows.count, fewShot: shots)
    let documents = try TaskDocuments.load(task, root: Self.data ?? "", settings: settings)
    let evaluator = try Evaluator(task: task, documents: documents, settings: settings)
    #expect(evaluator.questions.count == rows.count)

    var model = RecordedModel()
    for (question, row) in zip(evaluator.questions, rows) {
      let expected = (row["requests"]?.items ?? []).compactMap(\.mappingValue)
      #expect(question.target == row["target"]?.text)
      #expect(HarnessReferences.requests(question) == expected.map(Self.request))
      for golden in expected {
        if let text = golden["text"]?.text { model.texts.append(text) }
        if let sum = golden["loglikelihood"]?.doubleValue {
          model.answers.append(
            LogLikelihoodAnswer(
              logLikelihood: sum, isGreedy: golden["is_greedy"]?.isTrue ?? false, tokens: 1))
        }
      }
    }
    let records = try evaluator.evaluate(with: model)
    for (record, row) in zip(records, rows) {
      for outcome in record.outcomes {
        if let filtered = row["filtered"]?.mappingValue?[outcome.filter] {
          #expect(outcome.responses == [filtered.text])
        }
        for metric in task.metrics {
          let value = try #require(outcome.metrics[metric.name])
          let values = row["metrics"]?.mappingValue
          let golden = values?["\(metric.name),\(outcome.filter)"] ?? values?[metric.name]
          let expected = golden?.items ?? [golden ?? .none]
          let own = [value] + (metric.weight.flatMap { outcome.metrics[$0] }.map { [$0] } ?? [])
          #expect(own.count == expected.count)
          for (own, golden) in zip(own, expected) {
            expectClose(own, golden.doubleValue ?? .nan, absolute: 1e-15, metric.name)
          }
        }
      }
    }
    // It is one object; the reader takes arrays of objects.
    let text = try String(
      contentsOf: folder.appendingPathComponent("results.json"), encoding: .utf8)
    let array = try TemporaryFolder(["results.json": "[\(text)]"])
    let results = try DocumentFile.read(array.file("results.json"))
    let expected = results.first?["\(name)-\(shots)shot"]?.mappingValue?["metrics"]?.mappingValue
    let scores = evaluator.scoreRecords(records, model: "golden")
    #expect(!scores.isEmpty)
    for score in scores {
      expectClose(
        score.value ?? .nan,
        expected?["\(score.metric),\(score.filter)"]?.doubleValue ?? .nan, absolute: 1e-15,
        score.metric)
      let error = expected?["\(score.metric)_stderr,\(score.filter)"]?.doubleValue
      #expect((score.standardError == nil) == (error == nil))
      expectClose(score.standardError ?? 0, error ?? 0, absolute: 1e-15, score.metric)
    }
  }

  private static func request(_ golden: Mapping) -> [String] {
    [golden["context"]?.text ?? ""] + (golden["continuation"].map { [$0.text] } ?? [])
      + (golden["generation"]?.mappingValue?["until"]?.items ?? []).map(\.text)
  }
}
