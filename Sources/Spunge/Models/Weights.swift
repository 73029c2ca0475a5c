package import Tensors

/// A model's weights and a digest of everything that determines them.
package struct Weights {
  package var checkpoint: any Checkpoint
  package var digest: String
  /// The changes; `nil` for the base.
  package var delta: ParameterDelta?
  /// The weights that were changed; `nil` for the base.
  var base: (any Checkpoint)?

  /// The base plus `factor` times the changes.
  func scaled(by factor: Double) throws -> Weights {
    guard factor != 1, let base, let delta else { return self }
    let scaled = ParameterDelta(
      name: delta.name, checkpoint: ScaledCheckpoint(delta.checkpoint, by: Float(factor)))
    let sum = try SumCheckpoint(base: base, delta: scaled)
    try sum.checkAllFinite()
    return Weights(checkpoint: sum, digest: "\(digest)*\(factor)", delta: scaled, base: base)
  }
}
