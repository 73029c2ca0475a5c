package import Evaluation
import Foundation

/// One model that is scored: its row in the table and what its weights are made from.
package struct ScoredModel {
  /// Row in the table.
  package var name: String
  /// Digest of everything its weights depend on.
  package var digest: String
  package var computeType: String
  /// Loads the model; called only if a question is open.
  package var load: (_ progress: @escaping (Int, Int) throws -> Void) throws -> any EvaluatedModel

  package init(
    name: String, digest: String, computeType: String,
    load: @escaping (_ progress: @escaping (Int, Int) throws -> Void) throws -> any EvaluatedModel
  ) {
    self.name = name
    self.digest = digest
    self.computeType = computeType
    self.load = load
  }
}

/// Asks models the questions of tasks, keeping every answer on disk as it is given.
package final class TaskScoring {
  private let cache: StepCache
  private let progress: any ProgressSink
  private let run: RunDirectory?

  /// A task's answers by one model.
  package struct Result {
    package var samples: [SampleRecord]
    package var scores: [ScoreRecord]
    package var step: Manifest.Step
    package var warnings: [String]
  }

  /// - Parameter run: receives `samples/<model>/<task>.jsonl` of each finished task.
  package init(cache: StepCache, run: RunDirectory?, progress: any ProgressSink) {
    self.cache = cache
    self.run = run
    self.progress = progress
  }

  /// Scores one model on several tasks; the model is loaded once, and only if something is unanswered.
  package func score(_ model: ScoredModel, on evaluators: [Evaluator]) throws -> [Result] {
    var current = ""
    var loaded: (any EvaluatedModel)?
    let load = { [progress] () throws -> any EvaluatedModel in
      if let loaded { return loaded }
      let fresh = try model.load { done, total in
        progress.report(step: current, done: done, total: total, unit: "tokens")
      }
      loaded = fresh
      return fresh
    }
    return try evaluators.map { evaluator in
      current = "score \(model.name) / \(evaluator.task.name)"
      return try score(model, on: evaluator, step: current, load: load)
    }
  }

  private func score(
    _ model: ScoredModel, on evaluator: Evaluator, step name: String,
    load: () throws -> any EvaluatedModel
  ) throws -> Result {
    let started = ContinuousClock.now
    let key = Self.key(model, evaluator)
    let reused = cache.finished(key) != nil
    let step = reused ? nil : try cache.begin(key, resuming: true)
    let file = "\(cache.folder(key))/samples.jsonl"
    let journal = try Journal<SampleRecord>(path: file)
    defer { try? journal.close() }
    var evaluated: [SampleRecord]
    if Self.answers(journal.records, evaluator) {
      evaluated = try evaluator.evaluate(with: ScriptedModel(), answered: journal.records)
    } else {
      if !journal.records.isEmpty {
        progress.note("\(name): \(journal.records.count) answers kept from an earlier run")
      }
      evaluated = try evaluator.evaluate(with: try load(), answered: journal.records) {
        try journal.append($0)
      }
    }
    try journal.flush()
    try step?.finish()
    evaluated.sort { $0.documentID < $1.documentID }
    try publish(evaluated, model: model.name, task: evaluator.task.name)
    let seconds = (ContinuousClock.now - started) / .seconds(1)
    return Result(
      samples: evaluated, scores: evaluator.scoreRecords(evaluated, model: model.name),
      step: Manifest.Step(name: name, key: key.digest, reused: reused, seconds: seconds),
      warnings: Self.warnings(evaluated, evaluator, name))
  }

  /// Everything the answers depend on: weights, compute type, and every prompt by digest.
  private static func key(_ model: ScoredModel, _ evaluator: Evaluator) -> StepKey {
    StepKey(
      step: "score/\(evaluator.task.name)", version: 1,
      settings: ([model.computeType] + evaluator.questions.map(\.promptDigest))
        .joined(separator: "\n"),
      inputs: ["model": model.digest])
  }

  private static func answers(_ records: [SampleRecord], _ evaluator: Evaluator) -> Bool {
    let known = Dictionary(
      records.map { ($0.documentID, $0.promptDigest) }, uniquingKeysWith: { $1 })
    return evaluator.questions.allSatisfy { known[$0.documentID] == $0.promptDigest }
  }

  private static func warnings(
    _ samples: [SampleRecord], _ evaluator: Evaluator, _ name: String
  ) -> [String] {
    var warnings: [String] = []
    let cut = samples.count { $0.answers.contains { $0.truncatedTokens > 0 } }
    if cut > 0 {
      warnings.append("\(name): \(cut) of \(samples.count) prompts were cut from the left to fit")
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
    return try records.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }
      .joined()
  }
}
