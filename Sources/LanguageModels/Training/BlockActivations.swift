import Tensors

/// What a block's forward pass keeps for its backward pass.
package final class BlockActivations {
  /// Input, `[T, D]`.
  let x: Tensor
  /// What attention reads, `[T, D]`: the normalised input, or the input.
  var normal1: Tensor
  /// Inputs of norms, and what their backward passes need.
  var norms: [DecoderBlock.Part: Norm] = [:]
  /// Rotated queries and keys, then values, `[T, (H + 2G)·E]`.
  let queryKeyValue: Tensor
  /// `[T, H·E]`.
  let attended: Tensor
  /// After attention, `[T, D]`.
  let middle: Tensor
  /// What the feed-forward block reads, `[T, D]`.
  var normal2: Tensor
  /// `[T, 2F]`, or `[T, F]` without a gate.
  let gateUp: Tensor
  /// `[T, F]`.
  let activated: Tensor
  /// x·Aᵀ of each adapted projection, `[T, R]`.
  var low: [DecoderBlock.Part: Tensor] = [:]

  /// A norm's input, `[rows, width]`, and for each row the inverse of its size and, of a LayerNorm, its mean.
  struct Norm {
    let x: Tensor
    let inverse: Tensor
    let mean: Tensor?
  }

  init(_ c: DecoderConfiguration, x: Tensor, pool: TensorPool) {
    let rows = x.rows
    self.x = x
    (normal1, normal2) = (x, x)
    queryKeyValue = pool.tensor([rows, (c.headCount + 2 * c.keyValueHeadCount) * c.headWidth])
    attended = pool.tensor([rows, c.headCount * c.headWidth])
    middle = pool.tensor([rows, c.hiddenSize])
    gateUp = pool.tensor([rows, (c.architecture.isGated ? 2 : 1) * c.feedForwardSize])
    activated = pool.tensor([rows, c.feedForwardSize])
  }
}
