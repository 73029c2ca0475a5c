import Evaluation
import Foundation
import TestSupport
import Testing

/// Our tasks against what lm-evaluation-harness made of the same files: every prompt, every draw,
/// every score.
@Suite struct HarnessGoldenTests {
  static let goldens = ProcessInfo.processInfo.environment["SPUNGE_GOLDENS"]
  static let data = ProcessInfo.processInfo.environment["SPUNGE_DATA"]
  static let runs = [
    ("arc_easy", 0), ("arc_easy", 25), ("hellaswag", 10), ("piqa", 5), ("pubmedqa", 5),
    ("winogrande", 5),
  ]

  @Test(.enabled(if: goldens != nil && data != nil), arguments: runs)
  func promptsAndScoresAgree(task name: String, shots: Int) throws {
    let folder = URL(fileURLWithPath: Self.goldens ?? "").appendingPathComponent("smollm2")
    let rows = try DocumentFile.read(
      folder.appendingPathComponent("\(name)-\(shots)shot.jsonl").path)
    let index = try TaskIndex(folder: taskFolder("harness"))
    let task = try #require(try index.tasks(named: name).first)
    let settings = EvaluationSettings(limit: rows.count, fewShot: shots)
    let documents = try TaskDocuments.load(task, root: Self.data ?? "", settings: settings)
    let evaluator = try Evaluator(task: task, documents: documents, settings: settings)
    #expect(evaluator.questions.count == rows.count)

    var answers: [LogLikelihoodRequest: LogLikelihoodAnswer] = [:]
    for (question, row) in zip(evaluator.questions, rows) {
      let expected = (row["requests"]?.items ?? []).compactMap(\.mappingValue)
      guard case .logLikelihoods(let requests) = question.requests else {
        Issue.record("\(name) asks for log-likelihoods")
        continue
      }
      #expect(requests.count == expected.count)
      #expect(question.target == row["target"]?.text)
      for (request, golden) in zip(requests, expected) {
        #expect(TemplateValue.string(request.context) == golden["context"])
        #expect(TemplateValue.string(request.continuation) == golden["continuation"])
        answers[request] = LogLikelihoodAnswer(
          logLikelihood: golden["loglikelihood"]?.doubleValue ?? .nan,
          isGreedy: golden["is_greedy"]?.isTrue ?? false, tokens: 1)
      }
    }

    let script = answers
    let model = ScriptedModel(answer: { request in
      script[request] ?? LogLikelihoodAnswer(logLikelihood: .nan, isGreedy: false, tokens: 0)
    })
    let records = try evaluator.evaluate(with: model)
    for (record, row) in zip(records, rows) {
      for (metric, value) in record.outcomes[0].metrics {
        #expect(row["metrics"]?.mappingValue?[metric]?.doubleValue == value)
      }
    }
    let results = try DocumentFile.read(arrayFile(folder.appendingPathComponent("results.json")))
    let expected = results.first?["\(name)-\(shots)shot"]?.mappingValue?["metrics"]?.mappingValue
    let scores = evaluator.scoreRecords(records, model: "golden")
    #expect(!scores.isEmpty)
    for score in scores {
      expectClose(
        score.value ?? .nan, expected?["\(score.metric),none"]?.doubleValue ?? .nan,
        absolute: 1e-15, score.metric)
      expectClose(
        score.standardError ?? .nan,
        expected?["\(score.metric)_stderr,none"]?.doubleValue ?? .nan, absolute: 1e-15,
        score.metric)
    }
  }

  /// `results.json` is one object; the reader takes arrays of objects.
  private func arrayFile(_ file: URL) throws -> String {
    let copy = FileManager.default.temporaryDirectory
      .appendingPathComponent("results-\(UUID().uuidString).json")
    try Data("[\(String(contentsOf: file, encoding: .utf8))]".utf8).write(to: copy)
    return copy.path
  }
}
