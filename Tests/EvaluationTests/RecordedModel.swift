import Evaluation
import Testing

/// A model whose answers are written down in the order of the documents and their requests.
struct RecordedModel: EvaluatedModel {
  var answers: [LogLikelihoodAnswer] = []
  var texts: [String] = []

  func logLikelihoods(
    _ requests: [LogLikelihoodRequest], receive: (Int, LogLikelihoodAnswer) throws -> Void
  ) throws {
    try #require(requests.count == answers.count)
    for (index, answer) in answers.enumerated() { try receive(index, answer) }
  }

  func rollingLogLikelihoods(
    _ texts: [String], receive: (Int, LogLikelihoodAnswer) throws -> Void
  ) throws {
    try #require(texts.count == answers.count)
    for (index, answer) in answers.enumerated() { try receive(index, answer) }
  }

  /// Answers last request first: callers must not count on an order.
  func generate(
    _ requests: [GenerationRequest], receive: (Int, GenerationAnswer) throws -> Void
  ) throws {
    try #require(requests.count == texts.count)
    for (index, text) in texts.enumerated().reversed() {
      try receive(index, GenerationAnswer(text: text))
    }
  }
}
