import Tensors

/// Final norm and output head: logits of chosen rows, a few at a time.
///
/// `[T, V]` never exists as a whole where V is large: rows go through in chunks, forward and backward at once.
final class OutputHead {
  private let configuration: DecoderConfiguration
  private let backend: any ComputeBackend
  private let pool: TensorPool
  private let base: any Checkpoint
  private let norm: DecoderNorm
  private let gain: Value
  /// Of a LayerNorm.
  private let normBias: Value?
  private let headBias: Value?
  private let trained: TrainedParameter?
  private let keepsWeights: Bool
  private var weights: Tensor?
  private let name: String
  /// Whether the final norm or the head trains.
  var trains: Bool {
    trained != nil || [gain, normBias, headBias].contains { $0?.gradient != nil }
  }

  /// A vector and, where it trains, its gradient.
  private struct Value {
    let name: String
    let value: Tensor
    let gradient: Tensor?

    /// `nil` where the network has no such vector.
    init?(_ name: String, _ base: any Checkpoint, _ trained: [String: TrainedParameter]) throws {
      guard base.description(of: name) != nil else { return nil }
      self.name = name
      value = try trained[name]?.value ?? base.tensor(name)
      gradient = trained[name]?.gradient
    }

    /// The vector, or the base's.
    func tensor(_ useBase: Bool, _ base: any Checkpoint) throws -> Tensor {
      useBase && gradient != nil ? try base.tensor(name) : value
    }
  }

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
    norm = DecoderNorm(configuration, backend, pool)
    guard let gain = try Value(DecoderNames.finalNorm, base, trained) else {
      throw CheckpointError.missingTensor(DecoderNames.finalNorm)
    }
    self.gain = gain
    normBias = try Value(DecoderNames.finalNormBias, base, trained)
    headBias = try Value(DecoderNames.headBias, base, trained)
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
    let weight = try gain.tensor(useBase, self.base)
    let (bias, headBias) = (
      try normBias?.tensor(useBase, self.base), try headBias?.tensor(useBase, self.base)
    )
    let size = min(rows.count, max(16, Self.chunkElements / vocabulary))
    for first in stride(from: 0, to: rows.count, by: size) {
      let chunk = first..<min(first + size, rows.count)
      let x = pool.tensor([chunk.count, width])
      for (row, source) in rows[chunk].enumerated() {
        (x.pointer + row * width).update(from: hidden.pointer + source * width, count: width)
      }
      // 1  n = norm(x)
      let normal = pool.tensor(x.shape)
      let kept = norm.forward(x, weight: weight, bias: bias, out: normal)
      // 2  logits = n · Wᵀ + b
      let logits = pool.tensor([chunk.count, vocabulary])
      if let headBias {
        for row in 0..<chunk.count {
          (logits.pointer + row * vocabulary).update(from: headBias.pointer, count: vocabulary)
        }
      }
      backend.multiply(
        Matrix(normal), Matrix(weights).transposed, into: Matrix(logits), alpha: 1,
        beta: headBias == nil ? 0 : 1)
      // 3  logits = cap · tanh(logits / cap)
      let cap = configuration.logitCap.map { Float($0) }
      if let cap { backend.softCap(logits, cap: cap) }
      let capped = cap != nil && dHidden != nil ? logits.copy() : nil
      try body(chunk, logits)
      guard let dHidden else { continue }
      // 3  forward: logits = cap · tanh(logits / cap)
      if let cap, let capped { backend.softCapBackward(logits, capped: capped, cap: cap) }
      // 2  forward: logits = n · Wᵀ + b
      if let dBias = self.headBias?.gradient {
        backend.addColumnSums(of: Matrix(logits), to: dBias)
      }
      if let trained {
        backend.multiply(
          Matrix(logits).transposed, Matrix(normal), into: Matrix(trained.gradient), alpha: 1,
          beta: 1)
      }
      let dNormal = pool.tensor(normal.shape)
      backend.multiply(Matrix(logits), Matrix(weights), into: Matrix(dNormal), alpha: 1, beta: 0)
      // 1  forward: n = norm(x)
      let dx = pool.zeros(x.shape)
      norm.backward(
        dNormal, kept, weight: weight, dx: dx, dWeight: gain.gradient, dBias: normBias?.gradient)
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
