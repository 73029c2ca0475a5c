import Tensors

/// What a block's forward pass keeps for its backward pass.
package final class BlockActivations {
  /// Input, `[T, D]`.
  let x: Tensor
  /// Normalised input, `[T, D]`, and its inverse root mean square, `[T]`.
  let normal1: Tensor
  let inverse1: Tensor
  /// Queries and keys before their norms, `[T·heads, E]`, and their inverse root mean squares, `[T·heads]`.
  var headNorms: [DecoderBlock.Part: (x: Tensor, inverse: Tensor)] = [:]
  /// Rotated queries and keys, then values, `[T, (H + 2G)·E]`.
  let queryKeyValue: Tensor
  /// `[T, H·E]`.
  let attended: Tensor
  /// After attention, `[T, D]`.
  let middle: Tensor
  let normal2: Tensor
  let inverse2: Tensor
  /// `[T, 2F]`.
  let gateUp: Tensor
  /// `[T, F]`.
  let activated: Tensor
  /// x·Aᵀ of each adapted projection, `[T, R]`.
  var low: [DecoderBlock.Part: Tensor] = [:]

  init(_ c: DecoderConfiguration, x: Tensor, pool: TensorPool) {
    let rows = x.rows
    self.x = x
    normal1 = pool.tensor([rows, c.hiddenSize])
    inverse1 = pool.tensor([rows])
    queryKeyValue = pool.tensor([rows, (c.headCount + 2 * c.keyValueHeadCount) * c.headWidth])
    attended = pool.tensor([rows, c.headCount * c.headWidth])
    middle = pool.tensor([rows, c.hiddenSize])
    normal2 = pool.tensor([rows, c.hiddenSize])
    inverse2 = pool.tensor([rows])
    gateUp = pool.tensor([rows, 2 * c.feedForwardSize])
    activated = pool.tensor([rows, c.feedForwardSize])
  }
}
