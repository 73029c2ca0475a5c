import Formats
import Foundation
import Tensors

/// How the next token of a completion is sampled.
///
/// The distribution is softmax(logits ÷ temperature), cut to the `topK` most probable tokens and then to the
/// smallest set of most probable tokens that holds `topP` of what is left (Holtzman et al. 2020,
/// https://arxiv.org/abs/1904.09751).
package struct Sampling: Sendable, Hashable {
  /// Unitless, above 0.
  package var temperature: Double
  /// Tokens that may be drawn; 0 for all.
  package var topK: Int
  /// Share of probability, in 0…1; 1 for all.
  package var topP: Double
  /// Seed of one completion's draws.
  package var seed: UInt64

  package init(temperature: Double = 1, topK: Int = 0, topP: Double = 1, seed: UInt64) {
    precondition(temperature > 0, "temperature \(temperature)")
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.seed = seed
  }

  /// Samples one token.
  /// - Parameter logits: `[V]`.
  func draw(
    _ logits: UnsafeBufferPointer<Float>, largest: Float, using random: inout RandomSource
  ) -> Int32 {
    // Logits further below the maximum do not change a sum in double precision.
    let floor = Double(largest) - 40 * temperature
    var candidates: [(id: Int32, weight: Double)] = []
    for (id, logit) in logits.enumerated() where Double(logit) >= floor {
      candidates.append(
        (Int32(id), PortableMath.exp((Double(logit) - Double(largest)) / temperature)))
    }
    if topK > 0 || topP < 1 {
      candidates.sort { ($0.weight, -$0.id) > ($1.weight, -$1.id) }
      if topK > 0 { candidates.removeLast(max(0, candidates.count - topK)) }
      if topP < 1 { candidates.removeLast(candidates.count - nucleus(candidates.map(\.weight))) }
    }
    var left = random.uniform() * candidates.reduce(0) { $0 + $1.weight }
    for candidate in candidates {
      left -= candidate.weight
      if left < 0 { return candidate.id }
    }
    return candidates.last?.id ?? 0
  }

  /// Number of weights, largest first, that hold `topP` of their sum; at least one.
  private func nucleus(_ weights: [Double]) -> Int {
    let wanted = topP * weights.reduce(0, +)
    var sum = 0.0
    for (index, weight) in weights.enumerated() {
      sum += weight
      if sum >= wanted { return index + 1 }
    }
    return weights.count
  }
}
