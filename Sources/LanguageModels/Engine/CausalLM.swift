/// A language model on token ids.
///
/// Answers are handed to `receive` with the index of their request as soon as they are known, in any order, and do
/// not depend on the other requests; an error thrown by `receive` or `progress` stops the work.
package protocol CausalLM: AnyObject {
  /// Log-likelihoods of continuations.
  ///
  /// - Parameters:
  ///   - requests: every one of at least one scored token and at most the model's context plus one.
  ///   - progress: called after each batch with tokens computed and in all.
  func score(
    _ requests: [ScoringRequest], progress: (_ done: Int, _ total: Int) throws -> Void,
    receive: (Int, ScoringAnswer) throws -> Void
  ) throws -> ScoringStatistics

  /// Continues prompts.
  ///
  /// - Parameters:
  ///   - tasks: prompts of at least one token.
  ///   - shouldStop: asked after each new token with a task's index and its ids so far.
  ///   - receive: index and ids, without the end id, as soon as a completion ends.
  /// - Throws: `GenerationError` where the network gives no numbers, and what reading weights throws.
  func generate(
    _ tasks: [GenerationTask], shouldStop: (Int, [TokenID]) -> Bool,
    receive: (Int, [TokenID]) throws -> Void
  ) throws

  /// Throws for a weight that is infinite or not a number: the likeliest reason for logits that are not.
  func requireFiniteWeights() throws
}

extension CausalLM {
  package func score(
    _ requests: [ScoringRequest], receive: (Int, ScoringAnswer) throws -> Void
  ) throws -> ScoringStatistics {
    try score(requests, progress: { _, _ in }, receive: receive)
  }
}

/// Tokens of which the last ones are to be scored.
package struct ScoringRequest: Sendable {
  /// Context and continuation.
  package var tokens: [TokenID]
  /// How many of the last tokens are scored; at most all but the first.
  package var scored: Int
  /// Whether the answer tells of the distribution that each scored token is drawn from.
  package var tellsDistributions: Bool

  package init(tokens: [TokenID], scored: Int, tellsDistributions: Bool = false) {
    self.tokens = tokens
    self.scored = scored
    self.tellsDistributions = tellsDistributions
  }
}

/// The answer to a `ScoringRequest`.
package struct ScoringAnswer: Sendable, Hashable {
  /// Σ log-probability of the scored tokens, nats.
  package var logLikelihood: Double
  /// Whether each scored token is the first most probable one.
  package var isGreedy: Bool
  /// Log-probability of each scored token, nats, in order; empty where only the sum has been kept.
  package var logProbabilities: [Double]
  /// What each scored token is drawn from, in order; empty unless asked for.
  package var distributions: [TokenDistribution]

  package init(
    logLikelihood: Double, isGreedy: Bool, logProbabilities: [Double] = [],
    distributions: [TokenDistribution] = []
  ) {
    self.logLikelihood = logLikelihood
    self.isGreedy = isGreedy
    self.logProbabilities = logProbabilities
    self.distributions = distributions
  }
}

/// What a network says of all tokens where one of them is scored.
package struct TokenDistribution: Sendable, Hashable, Codable {
  /// Whether the scored token is the first most probable one.
  package var isLikeliest: Bool
  /// Mean and variance of log p over the distribution p, nats, nats².
  package var mean, variance: Double

  package init(isLikeliest: Bool, mean: Double, variance: Double) {
    self.isLikeliest = isLikeliest
    self.mean = mean
    self.variance = variance
  }
}

/// What a scoring run did.
package struct ScoringStatistics: Sendable, Hashable {
  /// Tokens of all requests, as a harness without sharing computes them.
  package var requestTokens = 0
  /// Tokens computed.
  package var forestTokens = 0
  /// Rows of which the vocabulary projection was computed.
  package var logitRows = 0

  package init() {}

  static func += (sum: inout ScoringStatistics, other: ScoringStatistics) {
    sum.requestTokens += other.requestTokens
    sum.forestTokens += other.forestTokens
    sum.logitRows += other.logitRows
  }
}

/// A prompt to continue.
package struct GenerationTask: Sendable {
  package var prompt: [TokenID]
  /// Most tokens to add.
  package var maximumTokens: Int
  /// Ids that end the completion; they are not part of it.
  package var endIDs: Set<TokenID>
  /// Texts that the caller's `shouldStop` ends the completion at: the answer depends on them.
  package var stops: [String]
  /// How tokens are drawn; `nil` for the most probable one.
  package var sampling: Sampling?

  package init(
    prompt: [TokenID], maximumTokens: Int, endIDs: Set<TokenID>, stops: [String] = [],
    sampling: Sampling? = nil
  ) {
    self.prompt = prompt
    self.maximumTokens = maximumTokens
    self.endIDs = endIDs
    self.stops = stops
    self.sampling = sampling
  }
}
