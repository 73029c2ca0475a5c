import PythonText

/// How likely is `continuation` after `context`?
package struct LogLikelihoodRequest: Sendable, Hashable {
  package var context: String
  package var continuation: String
  package var boundary: Boundary
  /// Whether the answer tells of each token.
  package var tellsTokens: Bool

  /// Which tokens belong to the continuation.
  package enum Boundary: Sendable, Hashable {
    /// Those behind the context's, whose white space at the end goes to the continuation, as in
    /// lm-evaluation-harness.
    case harness
    /// Those behind as many as the context has by itself, as open-unlearning labels an answer.
    ///
    /// - Parameter endsText: whether the token that ends a text follows, unless it is there already.
    case labels(endsText: Bool)
  }

  package init(
    context: String, continuation: String, boundary: Boundary = .harness, tellsTokens: Bool = false
  ) {
    self.context = context
    self.continuation = continuation
    self.boundary = boundary
    self.tellsTokens = tellsTokens
  }
}

/// The answer to a `LogLikelihoodRequest`.
package struct LogLikelihoodAnswer: Sendable, Hashable, Codable {
  /// Summed log-probability of the continuation's tokens, in nats.
  package var logLikelihood: Double
  /// Whether every token of the continuation is the most probable one.
  package var isGreedy: Bool
  /// Number of tokens scored.
  package var tokens: Int
  /// Tokens cut from the left because the model's context was too short.
  package var truncatedTokens: Int
  /// Each token's scores, where they were asked for.
  package var tokenScores: TokenScores?

  package init(
    logLikelihood: Double, isGreedy: Bool, tokens: Int, truncatedTokens: Int = 0,
    tokenScores: TokenScores? = nil
  ) {
    self.logLikelihood = logLikelihood
    self.isGreedy = isGreedy
    self.tokens = tokens
    self.truncatedTokens = truncatedTokens
    self.tokenScores = tokenScores
  }

  /// Mean negative log-likelihood per token, nats; `nil` without tokens.
  var loss: Double? { tokens > 0 ? -logLikelihood / Double(tokens) : nil }
}

/// Continue `prompt` until one of `stops` or `maximumTokens`.
package struct GenerationRequest: Sendable, Hashable {
  package var prompt: String
  package var stops: [String]
  package var maximumTokens: Int
  /// 0 takes the most probable token.
  package var temperature: Double
  /// Share of probability that sampling is limited to; `nil` for all.
  package var topP: Double?
  /// Number of tokens that sampling is limited to; `nil` for all.
  package var topK: Int?
  /// Seed of sampled tokens; `nil` for the model's own.
  package var seed: UInt64?
  package init(
    prompt: String, stops: [String], maximumTokens: Int, temperature: Double = 0,
    topP: Double? = nil, topK: Int? = nil, seed: UInt64? = nil
  ) {
    self.prompt = prompt
    self.stops = stops
    self.maximumTokens = maximumTokens
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
    self.seed = seed
  }
}

/// The answer to a `GenerationRequest`.
package struct GenerationAnswer: Sendable, Hashable {
  /// The new tokens as a text of their own, as the harness has it.
  package var text: String
  /// What follows the prompt: `text`, with the white space in front that some tokenizers leave out at the
  /// start of a text.
  package var continuation: String
  /// Tokens cut from the prompt's left because the model's context was too short.
  package var truncatedTokens: Int
  package init(text: String, continuation: String? = nil, truncatedTokens: Int = 0) {
    self.text = text
    self.continuation = continuation ?? text
    self.truncatedTokens = truncatedTokens
  }
}

/// The three questions that a benchmark asks a language model, on strings (lm-evaluation-harness's waist).
///
/// Answers are handed to `receive` with the index of their request as soon as they are known, in any order,
/// so that the caller can put them on disk; an error thrown by `receive` stops the work.
package protocol EvaluatedModel {
  func logLikelihoods(
    _ requests: [LogLikelihoodRequest], receive: (Int, LogLikelihoodAnswer) throws -> Void) throws
  /// Log-likelihood of whole texts, each token predicted once.
  func rollingLogLikelihoods(
    _ texts: [String], receive: (Int, LogLikelihoodAnswer) throws -> Void) throws
  func generate(
    _ requests: [GenerationRequest], receive: (Int, GenerationAnswer) throws -> Void) throws
}
