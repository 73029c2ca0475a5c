import Formats

/// How varied the words of a text are: a model that repeats itself has a low entropy.
///
/// Zhang et al. 2018, https://arxiv.org/abs/1809.05972; weighted as by Meng et al. 2022,
/// https://arxiv.org/abs/2202.05262, and RWKU.
package enum NGramEntropy {
  /// Weighted mean of the entropies of pairs and triples of words, bits: (2/3 · pairs + 4/3 · triples) / 2.
  ///
  /// - Returns: `nil` for fewer than three words.
  package static func fluency(_ words: [String]) -> Double? {
    guard words.count >= 3 else { return nil }
    return (2 * entropy(words, length: 2) + 4 * entropy(words, length: 3)) / 6
  }

  /// Words with the apostrophes and hyphens inside them; every other mark is a word of its own.
  package static func words(in text: String) -> [String] {
    text.matches(of: #/[\p{L}\p{N}\p{M}]+(?:['’-][\p{L}\p{N}\p{M}]+)*|[^\s\p{L}\p{N}]/#)
      .map { String($0.output) }
  }

  /// Entropy of the stretches of `length` words, bits; 0 for none.
  package static func entropy(_ words: [String], length: Int) -> Double {
    let stretches = PieceCounts(words.stretches(length))
    let total = Double(stretches.total)
    // In the order of their counts, so that the sum does not depend on the hash seed.
    return -stretches.counts.values.sorted().reduce(0) { sum, count in
      let share = Double(count) / total
      return sum + share * PortableMath.log(share) / PortableMath.log(2)
    }
  }
}
