import Tensors

/// Low-rank factors beside a frozen projection: y = x·Wᵀ + scale · (dropout(x)·Aᵀ)·Bᵀ.
///
/// - Paper: Hu et al. 2021, "LoRA", https://arxiv.org/abs/2106.09685, equation 3
package final class LoRAFactors {
  /// A, `[R, in]`.
  package let a: TrainedParameter
  /// B, `[out, R]`.
  package let b: TrainedParameter
  /// α/R, or α/√R.
  package let scale: Float
  /// Probability that an input element of the branch is dropped while training.
  package let dropout: Double

  package init(a: TrainedParameter, b: TrainedParameter, scale: Float, dropout: Double) {
    precondition(
      a.value.rows == b.value.columns, "factors \(a.value.shape) and \(b.value.shape)")
    self.a = a
    self.b = b
    self.scale = scale
    self.dropout = dropout
  }

  package var rank: Int { a.value.rows }
}

/// How a forward pass uses the factors.
package enum AdapterUse: Sendable, Hashable {
  /// The base model alone.
  case off
  /// With the factors, without dropout.
  case evaluate
  /// With the factors and the dropout masks that belong to `seed`.
  case train(seed: UInt64)
}
