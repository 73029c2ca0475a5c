import Tensors

/// The norm that all places of a network have, forward and backward.
struct DecoderNorm {
  private let configuration: DecoderConfiguration
  private let backend: any ComputeBackend
  private let pool: TensorPool

  init(_ configuration: DecoderConfiguration, _ backend: any ComputeBackend, _ pool: TensorPool) {
    (self.configuration, self.backend, self.pool) = (configuration, backend, pool)
  }

  private var epsilon: Float { Float(configuration.normEpsilon) }

  /// - Parameters:
  ///   - x: `[T, width]`.
  ///   - weight: as it is stored, `[width]`.
  ///   - bias: of a LayerNorm.
  ///   - out: receives `[T, width]`.
  func forward(
    _ x: Tensor, weight: Tensor, bias: Tensor?, out: Tensor
  ) -> BlockActivations.Norm {
    let inverse = pool.tensor([x.rows])
    let gain = configuration.gain(weight)
    guard let bias else {
      backend.rmsNorm(x, gain: gain, epsilon: epsilon, out: out, inverseRMS: inverse)
      return BlockActivations.Norm(x: x, inverse: inverse, mean: nil)
    }
    let mean = pool.tensor([x.rows])
    backend.layerNorm(
      x, gain: gain, bias: bias, epsilon: epsilon, out: out, mean: mean, inverseDeviation: inverse)
    return BlockActivations.Norm(x: x, inverse: inverse, mean: mean)
  }

  /// Adds to `dx` and to the gradients that are wanted.
  func backward(
    _ dOut: Tensor, _ norm: BlockActivations.Norm, weight: Tensor, dx: Tensor, dWeight: Tensor?,
    dBias: Tensor?
  ) {
    let gain = configuration.gain(weight)
    guard let mean = norm.mean else {
      return backend.rmsNormBackward(
        dOut: dOut, x: norm.x, gain: gain, inverseRMS: norm.inverse, dx: dx, dGain: dWeight)
    }
    backend.layerNormBackward(
      dOut: dOut, x: norm.x, gain: gain, mean: mean, inverseDeviation: norm.inverse, dx: dx,
      dGain: dWeight ?? pool.zeros(gain.shape), dBias: dBias ?? pool.zeros(gain.shape))
  }
}
