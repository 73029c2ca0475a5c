package import Evaluation
import Foundation

/// Asks models the questions of tasks and caches every response on disk.
package final class TaskScoring {
  private let work: String
  private let progress: any ProgressSink
  private let run: RunDirectory?

  /// A task's answers by one model.
  package struct Result {
    package var samples: [SampleRecord]
    package var scores: [ScoreRecord]
    package var step: Manifest.Step
    package var warnings: [String]
  }

  /// - Parameters:
  ///   - work: folder for cached responses.
  ///   - run: receives `samples/<model>/<task>.jsonl` of each finished task.
  package init(work: String, run: RunDirectory?, progress: any ProgressSink) {
    self.work = work
    self.run = run
    self.progress = progress
  }

  /// Opens a model for questions; its network is loaded at most once, if a question has no cached response.
  package func withModel<Result>(
    _ model: ScoredModel, _ body: (AskedModel) throws -> Result
  ) throws -> Result {
    try body(try model.open(work: work, progress: progress))
  }

  /// Scores one model on several tasks.
  ///
  /// - Parameter then: further questions to ask while the model is open.
  package func score(
    _ model: ScoredModel, on evaluators: [Evaluator],
    then: (AskedModel) throws -> Void = { _ in }
  ) throws -> [Result] {
    try withModel(model) { asked in
      let results = try evaluators.map { evaluator in
        let name = "score \(model.name) / \(evaluator.task.name)"
        let (samples, step) = try asked.step(name, key: Self.key(model, evaluator).digest) {
          try evaluator.evaluate(with: $0)
        }
        try publish(samples, model: model.name, task: evaluator.task.name)
        return Result(
          samples: samples, scores: evaluator.scoreRecords(samples, model: model.name),
          step: step, warnings: Self.warnings(samples, evaluator, name))
      }
      try then(asked)
      return results
    }
  }

  /// Everything that determines the answers: weights, compute dtype and digests of all prompts.
  private static func key(_ model: ScoredModel, _ evaluator: Evaluator) -> StepKey {
    StepKey(
      step: "score/\(evaluator.task.name)", version: 1,
      settings: ([model.identity.computeType, model.identity.profile]
        + evaluator.questions.map(\.promptDigest)).joined(separator: "\n"),
      inputs: ["model": model.identity.model])
  }

  private static func warnings(
    _ samples: [SampleRecord], _ evaluator: Evaluator, _ name: String
  ) -> [String] {
    var warnings: [String] = []
    let cut = samples.count { $0.truncatedTokens > 0 }
    if cut > 0 {
      warnings.append(
        "\(name): \(cut) of \(samples.count) prompts were truncated on the left to fit")
    }
    let refused = evaluator.questions.count { $0.droppedSystem }
    if refused > 0 {
      warnings.append(
        "\(name): \(refused) prompts lack their system message, which the chat template does not accept"
      )
    }
    warnings += evaluator.remarks.map { "\(name): \($0)" }
    let dropped = samples.filter { $0.droppedExamples > 0 }
    if !dropped.isEmpty {
      let examples = dropped.reduce(0) { $0 + $1.droppedExamples }
      warnings.append(
        "\(name): \(examples) few-shot examples were dropped from \(dropped.count) of \(samples.count) "
          + "prompts to make them fit")
    }
    let unanswerable = evaluator.unanswerableDocuments.count
    if unanswerable > 0 {
      warnings.append("\(name): \(unanswerable) documents have no correct choice; they score 0")
    }
    return warnings
  }

  private func publish(_ samples: [SampleRecord], model: String, task: String) throws {
    guard let run else { return }
    let path = run.samplesFile(variant: model, task: task)
    try WholeFile.write(try JSONLinesText.encode(samples), to: path)
  }
}
