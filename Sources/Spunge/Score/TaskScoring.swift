package import Evaluation
import Foundation

/// One model that is scored: its row in the table and how to ask it.
package struct ScoredModel {
  /// Row in the table.
  package var name: String
  /// What its answers depend on besides the questions.
  package var identity: AnswerCache.Identity
  /// Makes the model ready to answer; called once.
  package var open: (AnswerCache, any ProgressSink) throws -> LlamaEvaluatedModel

  package init(
    name: String, identity: AnswerCache.Identity,
    open: @escaping (AnswerCache, any ProgressSink) throws -> LlamaEvaluatedModel
  ) {
    self.name = name
    self.identity = identity
    self.open = open
  }
}

/// Asks models the questions of tasks, keeping every answer on disk as it is given.
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
  ///   - work: folder that keeps the answers.
  ///   - run: receives `samples/<model>/<task>.jsonl` of each finished task.
  package init(work: String, run: RunDirectory?, progress: any ProgressSink) {
    self.work = work
    self.run = run
    self.progress = progress
  }

  /// Scores one model on several tasks; the network is loaded once, and only if something is unanswered.
  ///
  /// - Parameter then: what else is asked while the model is there.
  package func score(
    _ model: ScoredModel, on evaluators: [Evaluator],
    then: (LlamaEvaluatedModel) throws -> Void = { _ in }
  ) throws -> [Result] {
    let answers = try AnswerCache(work: work, identity: model.identity, progress: progress)
    let asked = try model.open(answers, progress)
    let results = try evaluators.map { evaluator in
      let started = ContinuousClock.now
      let (name, before) = ("score \(model.name) / \(evaluator.task.name)", asked.reused)
      asked.step = name
      let samples: [SampleRecord]
      do {
        samples = try evaluator.evaluate(with: asked)
      } catch let error as ScoreError {
        throw StepError(step: name, cause: error)
      }
      try answers.flush()
      try publish(samples, model: model.name, task: evaluator.task.name)
      let new = asked.reused.questions - before.questions - (asked.reused.answers - before.answers)
      return Result(
        samples: samples, scores: evaluator.scoreRecords(samples, model: model.name),
        step: Manifest.Step(
          name: name, key: Self.key(model, evaluator).digest, reused: new == 0,
          seconds: (ContinuousClock.now - started) / .seconds(1)),
        warnings: Self.warnings(samples, evaluator, name))
    }
    try then(asked)
    try answers.flush()
    return results
  }

  /// Everything the answers depend on: weights, compute type, and every prompt by digest.
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
      warnings.append("\(name): \(cut) of \(samples.count) prompts were cut from the left to fit")
    }
    let refused = evaluator.questions.count { $0.droppedSystem }
    if refused > 0 {
      warnings.append(
        "\(name): \(refused) prompts go without their system message, which the chat template refuses"
      )
    }
    warnings += evaluator.remarks.map { "\(name): \($0)" }
    let dropped = samples.filter { $0.droppedExamples > 0 }
    if !dropped.isEmpty {
      let examples = dropped.reduce(0) { $0 + $1.droppedExamples }
      warnings.append(
        "\(name): \(examples) few-shot examples were left out of \(dropped.count) of \(samples.count) "
          + "prompts so that they fit")
    }
    let unanswerable = evaluator.unanswerableDocuments.count
    if unanswerable > 0 {
      warnings.append("\(name): \(unanswerable) documents have no right choice; they score 0")
    }
    return warnings
  }

  private func publish(_ samples: [SampleRecord], model: String, task: String) throws {
    guard let run else { return }
    let path = run.samplesFile(variant: model, task: task)
    try WholeFile.write(try JSONLinesText.encode(samples), to: path)
  }
}

/// Records as JSON Lines.
package enum JSONLinesText {
  package static func encode(_ records: [some Encodable]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A damaged model gives such numbers; its other answers are kept all the same.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try records.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }
      .joined()
  }
}
