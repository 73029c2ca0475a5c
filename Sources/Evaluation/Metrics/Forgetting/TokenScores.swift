/// What a model says about each token of an answer or a text, in order.
package struct TokenScores: Sendable, Hashable, Codable {
  /// Log-probability of each token, nats.
  package var logProbabilities: [Double]
  /// Whether each token is the first most probable one.
  package var isLikeliest: [Bool]
  /// Mean and variance of log p over the distribution p that each token is drawn from, nats, nats².
  package var means, variances: [Double]

  package init(
    logProbabilities: [Double], isLikeliest: [Bool], means: [Double], variances: [Double]
  ) {
    let counts = [isLikeliest.count, means.count, variances.count]
    precondition(counts.allSatisfy { $0 == logProbabilities.count }, "lists of different lengths")
    self.logProbabilities = logProbabilities
    self.isLikeliest = isLikeliest
    self.means = means
    self.variances = variances
  }

  package var count: Int { logProbabilities.count }

  /// Without the last token, which open-unlearning leaves out as the end of the text whatever it is.
  package var withoutLast: TokenScores {
    TokenScores(
      logProbabilities: logProbabilities.dropLast(), isLikeliest: isLikeliest.dropLast(),
      means: means.dropLast(), variances: variances.dropLast())
  }

  /// Mean negative log-probability, nats; `nil` without tokens.
  package var loss: Double? {
    count > 0 ? -logProbabilities.reduce(0, +) / Double(count) : nil
  }

  // MARK: Memory

  /// Share of tokens that are the most probable ones; `nil` without tokens.
  ///
  /// Tirumala et al. 2022, https://arxiv.org/abs/2205.10770
  package var exactMemorisation: Double? {
    count > 0 ? Double(isLikeliest.count { $0 }) / Double(count) : nil
  }

  /// 1 − k/N, where the first k of N tokens suffice for the model to give all others by itself.
  ///
  /// As in open-unlearning, k is at most N − 1, though the last token be wrong, and 0 comes of no tokens.
  ///
  /// Carlini et al. 2021, https://arxiv.org/abs/2012.07805
  package var extractionStrength: Double {
    guard count > 0 else { return 0 }
    let needed = isLikeliest.lastIndex(of: false).map { $0 + 1 } ?? 0
    return 1 - Double(min(needed, count - 1)) / Double(count)
  }
}
