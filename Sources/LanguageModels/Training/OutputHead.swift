import Tensors

/// Final norm and output head: logits of chosen rows, a few at a time.
///
/// `[T, V]` never exists as a whole where V is large: rows go through in chunks, forward and backward at once.
final class OutputHead {
  private let configuration: DecoderConfiguration
  private let backend: any ComputeBackend
  private let pool: TensorPool
  private let base: any Checkpoint
  private let gain: Tensor
  private let gainGradient: Tensor?
  private let trained: TrainedParameter?
  private let keepsWeights: Bool
  private var weights: Tensor?
  private let name: String
  /// Whether the final norm or the head trains.
  var trains: Bool { trained != nil || gainGradient != nil }

  /// Floats of one chunk of logits.
  static let chunkElements = 1 << 24

  init(
    _ configuration: DecoderConfiguration, _ base: any Checkpoint,
    trained: [String: TrainedParameter], memory: TrainingMemory, backend: any ComputeBackend,
    pool: TensorPool
  ) throws {
    self.configuration = configuration
    self.backend = backend
    self.pool = pool
    self.base = base
    name = configuration.tiesEmbeddings ? DecoderNames.embedding : DecoderNames.head
    self.trained = trained[name]
    gain = try trained[DecoderNames.finalNorm]?.value ?? base.tensor(DecoderNames.finalNorm)
    gainGradient = trained[DecoderNames.finalNorm]?.gradient
    keepsWeights = memory.keepsWeights
  }

  /// Calls `body` with the logits of `rows`, chunk by chunk; what it leaves in them is ∂loss/∂logits.
  /// - Parameters:
  ///   - hidden: `[T, D]`.
  ///   - dHidden: is added to, `[T, D]`; without it no gradient is computed.
  ///   - base: whether to use the base's norm and head where they train.
  ///   - body: which of `rows`, and their logits `[chunk, V]`.
  func forEachChunk(
    _ hidden: Tensor, rows: [Int], dHidden: Tensor?, base useBase: Bool = false,
    _ body: (Range<Int>, Tensor) throws -> Void
  ) throws {
    guard !rows.isEmpty else { return }
    let (width, vocabulary) = (configuration.hiddenSize, configuration.vocabularySize)
    let weights = try weights(base: useBase)
    let gain = useBase && gainGradient != nil ? try self.base.tensor(DecoderNames.finalNorm) : gain
    let size = min(rows.count, max(16, Self.chunkElements / vocabulary))
    for first in stride(from: 0, to: rows.count, by: size) {
      let chunk = first..<min(first + size, rows.count)
      let x = pool.tensor([chunk.count, width])
      for (row, source) in rows[chunk].enumerated() {
        (x.pointer + row * width).update(from: hidden.pointer + source * width, count: width)
      }
      // 1  n = rmsNorm(x)
      let (normal, inverse) = (pool.tensor(x.shape), pool.tensor([chunk.count]))
      backend.rmsNorm(
        x, gain: gain, epsilon: Float(configuration.normEpsilon), out: normal, inverseRMS: inverse)
      // 2  logits = n · Wᵀ
      let logits = pool.tensor([chunk.count, vocabulary])
      backend.multiply(
        Matrix(normal), Matrix(weights).transposed, into: Matrix(logits), alpha: 1, beta: 0)
      try body(chunk, logits)
      guard let dHidden else { continue }
      // 2  forward: logits = n · Wᵀ
      if let trained {
        backend.multiply(
          Matrix(logits).transposed, Matrix(normal), into: Matrix(trained.gradient), alpha: 1,
          beta: 1)
      }
      let dNormal = pool.tensor(normal.shape)
      backend.multiply(Matrix(logits), Matrix(weights), into: Matrix(dNormal), alpha: 1, beta: 0)
      // 1  forward: n = rmsNorm(x)
      let dx = pool.zeros(x.shape)
      backend.rmsNormBackward(
        dOut: dNormal, x: x, gain: gain, inverseRMS: inverse, dx: dx, dGain: gainGradient)
      for (row, target) in rows[chunk].enumerated() {
        for column in 0..<width {
          dHidden.pointer[target * width + column] += dx.pointer[row * width + column]
        }
      }
    }
  }

  private func weights(base useBase: Bool) throws -> Tensor {
    if let trained, !useBase { return trained.value }
    if let weights { return weights }
    let read = try base.tensor(name, pool: pool)
    if keepsWeights, trained == nil { weights = read }
    return read
  }
}
