import CCodecs

/// Scores that are higher the less a text looks as if the model had been trained on it.
package enum MembershipScore {
  /// Minus the mean of the lowest log-probabilities; 0 without tokens.
  ///
  /// - Parameter share: of the tokens, of which there is at least one; MUSE and open-unlearning have 0.4.
  ///
  /// Shi et al. 2023, "Min-K% Prob", https://arxiv.org/abs/2310.16789
  package static func lowest(_ tokens: TokenScores, share: Double) -> Double {
    minusMeanOfLowest(tokens.logProbabilities, share)
  }

  /// The same of log-probabilities that are counted in standard deviations from the mean of their distribution.
  ///
  /// - Parameter leastVariance: below it a variance counts as this much, as in open-unlearning.
  ///
  /// Zhang et al. 2024, "Min-K%++", https://arxiv.org/abs/2404.02936
  package static func lowestStandardised(
    _ tokens: TokenScores, share: Double, leastVariance: Double = 1e-6
  ) -> Double {
    let scores = tokens.logProbabilities.indices.map { index in
      (tokens.logProbabilities[index] - tokens.means[index])
        / max(tokens.variances[index], leastVariance).squareRoot()
    }
    return minusMeanOfLowest(scores, share)
  }

  private static func minusMeanOfLowest(_ values: [Double], _ share: Double) -> Double {
    guard !values.isEmpty else { return 0 }
    let count = max(1, Int(Double(values.count) * share))
    return -values.sorted().prefix(count).reduce(0, +) / Double(count)
  }

  /// A loss in proportion to what zlib makes of the text, nats per token and byte.
  ///
  /// - Parameter loss: mean negative log-likelihood per token.
  ///
  /// Carlini et al. 2021, https://arxiv.org/abs/2012.07805
  package static func compressed(loss: Double, text: String) -> Double {
    loss / Double(compressedSize(text))
  }

  /// Bytes of the text's UTF-8 after zlib at its default level, 6.
  static func compressedSize(_ text: String) -> Int {
    let bytes = Array(text.utf8)
    return Int(sdc_zlib_size(bytes, Int64(bytes.count)))
  }
}
