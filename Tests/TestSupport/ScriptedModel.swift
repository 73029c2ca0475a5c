package import Evaluation

/// A model whose answers are written down beforehand.
package struct ScriptedModel: EvaluatedModel {
  package typealias LogLikelihoodScript = @Sendable (LogLikelihoodRequest) -> LogLikelihoodAnswer

  private let answer: LogLikelihoodScript
  private let write: @Sendable (GenerationRequest) -> String

  /// - Parameters:
  ///   - answer: what each continuation gets; for whole texts the context is empty.
  ///   - write: what each prompt is continued with.
  package init(
    answer: @escaping LogLikelihoodScript = { request in
      LogLikelihoodAnswer(
        logLikelihood: -Double(request.continuation.utf8.count), isGreedy: false,
        tokens: request.continuation.utf8.count)
    },
    write: @escaping @Sendable (GenerationRequest) -> String = { _ in "" }
  ) {
    self.answer = answer
    self.write = write
  }

  /// Answers last request first: callers must not count on an order.
  package func logLikelihoods(
    _ requests: [LogLikelihoodRequest], receive: (Int, LogLikelihoodAnswer) throws -> Void
  ) throws {
    for (index, request) in requests.enumerated().reversed() { try receive(index, answer(request)) }
  }

  package func rollingLogLikelihoods(
    _ texts: [String], receive: (Int, LogLikelihoodAnswer) throws -> Void
  ) throws {
    for (index, text) in texts.enumerated().reversed() {
      try receive(index, answer(LogLikelihoodRequest(context: "", continuation: text)))
    }
  }

  package func generate(
    _ requests: [GenerationRequest], receive: (Int, GenerationAnswer) throws -> Void
  ) throws {
    for (index, request) in requests.enumerated().reversed() {
      try receive(index, GenerationAnswer(text: write(request)))
    }
  }
}
