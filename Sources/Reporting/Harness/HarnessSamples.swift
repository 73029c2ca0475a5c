import Crypto
import Evaluation
import Formats
import Foundation
import PythonText

/// The rows of `samples_*.jsonl`: one for each document and filter, all documents of the first filter
/// first.
package struct HarnessSamples: Sendable {
  private let scored: HarnessRun.ScoredTask
  private let generation: Mapping
  private let predictsOnly: Bool

  /// - Parameter predictsOnly: whether answers alone were asked for.
  package init(_ scored: HarnessRun.ScoredTask, predictsOnly: Bool = false) {
    self.scored = scored
    self.predictsOnly = predictsOnly
    generation = scored.task.file.generationArguments ?? Mapping()
  }

  /// Hands out the lines, each with its end.
  ///
  /// - Returns: the hash of all documents, prompts and targets of the task.
  package func write(_ receive: (String) throws -> Void) rethrows -> String {
    let samples = Dictionary(
      scored.samples.map { ($0.documentID, $0) }, uniquingKeysWith: { first, _ in first })
    var hash = SHA256()
    for filter in scored.samples.first?.outcomes.indices ?? 0..<0 {
      for question in scored.evaluator.questions {
        guard let sample = samples[question.documentID], sample.outcomes.indices.contains(filter)
        else { continue }
        let row = HarnessSampleRow(
          question: question, sample: sample, outcome: sample.outcomes[filter],
          task: scored.task, generation: generation, predictsOnly: predictsOnly)
        let columns = row.columns
        for name in ["doc_hash", "prompt_hash", "target_hash"] {
          hash.update(data: Data((columns[name]?.text ?? "").utf8))
        }
        try receive(Value.mapping(columns).pythonJSON() + "\n")
      }
    }
    return hexadecimal(hash.finalize())
  }
}

/// One row under construction.
private struct HarnessSampleRow {
  var question: Question
  var sample: SampleRecord
  var outcome: FilteredOutcome
  var task: EvaluationTask
  var generation: Mapping
  var predictsOnly: Bool

  var columns: Mapping {
    let document = Value.mapping(question.document.fields)
    let metrics = metrics
    var columns = Mapping([
      ("doc_id", .integer(question.documentID)), ("doc", document),
      ("target", .string(question.target)), ("arguments", .mapping(arguments)),
      ("resps", .list(responses)), ("filtered_resps", .list(filteredResponses)),
      ("filter", .string(outcome.filter)),
      ("metrics", .list(metrics.map { .string($0.name) })),
      ("doc_hash", .string(harnessHash(document.pythonJSON(indent: 2)))),
      ("prompt_hash", .string(harnessHash(prompt))),
      ("target_hash", .string(harnessHash(question.target))),
    ])
    for (name, value) in metrics { columns[.string(name)] = value }
    return columns
  }

  /// The first request's first argument.
  private var prompt: String {
    switch question.requests {
    case .logLikelihoods(let requests): requests.first?.context ?? ""
    case .rollingLogLikelihood(let text): text
    case .generation(let request): request.prompt
    }
  }

  private var arguments: Mapping {
    let requests: [[Value]] =
      switch question.requests {
      case .logLikelihoods(let requests):
        requests.map { [.string($0.context), .string($0.continuation)] }
      case .rollingLogLikelihood(let text): [[.string(text)]]
      case .generation(let request): [[.string(request.prompt), .mapping(generation)]]
      }
    return Mapping(
      requests.enumerated().map { index, request in
        let named = request.enumerated().map { ("arg_\($0)", $1) }
        return ("gen_args_\(index)", .mapping(Mapping(named)))
      })
  }

  /// One answer as the harness prints it: always text.
  private func printed(_ answer: LogLikelihoodAnswer) -> Value {
    let sum = Value.string(Value.float(answer.logLikelihood).text)
    if case .rollingLogLikelihood = question.requests { return sum }
    return .list([sum, .string(Value.bool(answer.isGreedy).text)])
  }

  private var responses: [Value] {
    if case .generation = question.requests {
      return [.list(sample.texts.map { .string($0) })]
    }
    return sample.answers.map { .list([printed($0)]) }
  }

  private var filteredResponses: [Value] {
    guard case .generation = question.requests else { return sample.answers.map(printed) }
    let texts = outcome.responses.map { Value.string($0) }
    return texts.count == 1 ? texts : [.list(texts)]
  }

  /// Name and value of each metric; a weighted one has its weight beside it, one of labels the
  /// chosen answer beside the right one, one of texts the reference and the text.
  private var metrics: [(name: String, value: Value)] {
    if predictsOnly {
      return task.outputType == .generateUntil ? [("bypass", Value.none)] : []
    }
    return task.harnessMetrics.compactMap { metric in
      guard let value = outcome.metrics[metric.name] else { return nil }
      if metric.name == "brier_score", let right = question.gold.first {
        let sums = sample.answers.prefix(question.choices.count).map(\.logLikelihood)
        let shares = MultipleChoice.shares(sums).map { Value.float($0) }
        return (metric.name, .list([.integer(right), .list(shares)]))
      }
      if metric.pooling.comparesTexts {
        let texts = [sample.target] + outcome.responses
        return (metric.name, .list(texts.map { .string($0) }))
      }
      if let companion = metric.companions.first.flatMap({ outcome.metrics[$0] }) {
        let first = metric.weight == nil ? Self.whole(value) : .float(value)
        return (metric.name, .list([first, Self.whole(companion)]))
      }
      // The harness counts greedy answers with whole numbers, choices with fractions.
      let isWhole =
        task.outputType == .logLikelihood && metric.name == "acc"
        || task.outputType == .multipleChoice && metric.name == "exact_match"
      return (metric.name, isWhole ? Self.whole(value) : .float(value))
    }
  }

  private static func whole(_ value: Double) -> Value {
    Int(exactly: value).map { .integer($0) } ?? .float(value)
  }
}
