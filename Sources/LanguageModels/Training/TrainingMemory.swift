/// How training trades memory for time; the results are the same to the bit.
package struct TrainingMemory: Sendable, Hashable, Codable {
  /// Whether frozen weights stay in memory as float32, instead of being widened from their file at each use.
  package var keepsWeights: Bool
  /// Whether a block's activations are computed again in the backward pass, from its input.
  package var recomputes: Bool

  package init(keepsWeights: Bool, recomputes: Bool) {
    self.keepsWeights = keepsWeights
    self.recomputes = recomputes
  }

  package static let fastest = TrainingMemory(keepsWeights: true, recomputes: false)
  package static let smallest = TrainingMemory(keepsWeights: false, recomputes: true)
}
