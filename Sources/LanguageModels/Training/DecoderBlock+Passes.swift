package import Tensors

/// Runs decoder blocks forward and backward in float32.
package struct BlockRunner {
  package let configuration: DecoderConfiguration
  package let backend: any ComputeBackend
  let pool: TensorPool
  private let rotary: RotaryTables

  /// - Parameters:
  ///   - positions: the longest sequence it will see.
  ///   - pool: where the memory of activations comes from.
  package init(
    configuration: DecoderConfiguration, backend: any ComputeBackend, positions: Int,
    pool: TensorPool = TensorPool()
  ) {
    self.configuration = configuration
    self.backend = backend
    self.pool = pool
    rotary = RotaryTables(
      inverseFrequencies: configuration.inverseFrequencies, positions: positions)
  }

  /// `x` through one block.
  /// - Parameters:
  ///   - x: `[T, D]`.
  ///   - adapters: whether and how low-rank factors take part.
  ///   - keep: receives the activations, for a later `backward`.
  /// - Returns: `[T, D]`.
  package func forward(
    _ block: DecoderBlock, _ x: Tensor, _ batch: TokenBatch, adapters use: AdapterUse = .evaluate,
    keep: (BlockActivations) -> Void = { _ in }
  ) -> Tensor {
    let a = BlockActivations(configuration, x: x, pool: pool)
    // 1  n = rmsNorm(x)
    normalise(x, block[.attentionGain], out: a.normal1, inverseRMS: a.inverse1)
    // 2  q, k, v = n · Wᵀ + b
    for (part, columns) in queryKeyValueColumns {
      project(a.normal1, block, part, use, a, into: view(a.queryKeyValue, columns))
    }
    // 2a q, k = rmsNorm(q), rmsNorm(k), head by head
    for norm in headNorms(block) { normaliseHeads(norm, block, a) }
    // 3  rotate q, k
    rotate(a.queryKeyValue, batch, inverse: false)
    // 4  attended = softmax(q · kᵀ / √E) · v
    backend.attention(a.queryKeyValue, shape(block, batch), out: a.attended)
    // 5  middle = x + attended · Woᵀ
    project(a.attended, block, .output, use, a, into: Matrix(a.middle))
    backend.add(x, to: a.middle)
    // 6  n = rmsNorm(middle)
    normalise(a.middle, block[.feedForwardGain], out: a.normal2, inverseRMS: a.inverse2)
    // 7  gate, up = n · Wᵀ
    for (part, columns) in gateUpColumns {
      project(a.normal2, block, part, use, a, into: view(a.gateUp, columns))
    }
    // 8  activated = silu(gate) ∘ up
    backend.swiglu(a.gateUp, out: a.activated)
    // 9  out = middle + activated · Wdᵀ
    let out = pool.tensor(x.shape)
    project(a.activated, block, .down, use, a, into: Matrix(out))
    backend.add(a.middle, to: out)
    keep(a)
    return out
  }

  /// The gradient of a block's input, from that of its output; adds the gradients of trained parameters.
  /// - Parameters:
  ///   - dOut: `[T, D]`.
  ///   - adapters: as in the forward pass.
  ///   - needsInput: whether the input's gradient is wanted; without it the pass stops early.
  /// - Returns: `[T, D]`, or `nil` if it was not wanted.
  package func backward(
    _ block: DecoderBlock, _ a: BlockActivations, _ batch: TokenBatch, dOut: Tensor,
    gradients: BlockGradients?, adapters use: AdapterUse = .evaluate, needsInput: Bool
  ) -> Tensor? {
    let pass = BackwardPass(block: block, activations: a, gradients: gradients, use: use)
    let trained = pass.trainedParts
    func trains(_ parts: [DecoderBlock.Part]) -> Bool { !trained.isDisjoint(with: parts) }
    // 9  forward: out = middle + activated · Wdᵀ
    let needsMiddle = needsInput || !trained.subtracting([.down]).isEmpty
    let dActivated = needsMiddle ? pool.tensor(a.activated.shape) : nil
    projectBackward(pass, .down, input: a.activated, dOut: Matrix(dOut), dx: dActivated)
    guard let dActivated else { return nil }
    // 8  forward: activated = silu(gate) ∘ up
    let dGateUp = pool.tensor(a.gateUp.shape)
    backend.swigluBackward(dOut: dActivated, gateUp: a.gateUp, dGateUp: dGateUp)
    // 7  forward: gate, up = n · Wᵀ
    let dNormal2 = pool.tensor(a.normal2.shape)
    for (part, columns) in gateUpColumns {
      projectBackward(
        pass, part, input: a.normal2, dOut: view(dGateUp, columns), dx: dNormal2,
        accumulate: part != .gate)
    }
    // 6  forward: n = rmsNorm(middle); the residual passes dOut by
    let dMiddle = pool.tensor(dOut.shape)
    _ = dMiddle.elements.update(fromContentsOf: dOut.elements)
    backend.rmsNormBackward(
      dOut: dNormal2, x: a.middle, gain: block[.feedForwardGain], inverseRMS: a.inverse2,
      dx: dMiddle, dGain: gradients?[.feedForwardGain])
    // 5  forward: middle = x + attended · Woᵀ
    let needsAttention =
      needsInput || trains([.query, .key, .value, .queryNorm, .keyNorm, .attentionGain])
    let dAttended = needsAttention ? pool.tensor(a.attended.shape) : nil
    projectBackward(pass, .output, input: a.attended, dOut: Matrix(dMiddle), dx: dAttended)
    guard let dAttended else { return nil }
    // 4  forward: attended = softmax(q · kᵀ / √E) · v
    let dQueryKeyValue = pool.tensor(a.queryKeyValue.shape)
    backend.attentionBackward(
      dOut: dAttended, queryKeyValue: a.queryKeyValue, shape(block, batch),
      dQueryKeyValue: dQueryKeyValue)
    // 3  forward: rotate q, k
    rotate(dQueryKeyValue, batch, inverse: true)
    // 2a forward: q, k = rmsNorm(q), rmsNorm(k), head by head
    for norm in headNorms(block) {
      normaliseHeadsBackward(norm, block, a, dQueryKeyValue, gradients?[norm.part])
    }
    // 2  forward: q, k, v = n · Wᵀ + b
    let needsNormal = needsInput || trains([.attentionGain])
    let dNormal1 = needsNormal ? pool.tensor(a.normal1.shape) : nil
    for (part, columns) in queryKeyValueColumns {
      projectBackward(
        pass, part, input: a.normal1, dOut: view(dQueryKeyValue, columns), dx: dNormal1,
        accumulate: part != .query)
    }
    guard let dNormal1 else { return nil }
    // 1  forward: n = rmsNorm(x); the residual passes dMiddle by
    backend.rmsNormBackward(
      dOut: dNormal1, x: a.x, gain: block[.attentionGain], inverseRMS: a.inverse1, dx: dMiddle,
      dGain: gradients?[.attentionGain])
    return needsInput ? dMiddle : nil
  }

  private func normalise(_ x: Tensor, _ gain: Tensor, out: Tensor, inverseRMS: Tensor) {
    backend.rmsNorm(
      x, gain: gain, epsilon: Float(configuration.normEpsilon), out: out, inverseRMS: inverseRMS)
  }

  private var queryKeyValueColumns: [(DecoderBlock.Part, Range<Int>)] {
    let (h, g) = (configuration.headCount, configuration.keyValueHeadCount)
    let e = configuration.headWidth
    return [
      (.query, 0..<h * e), (.key, h * e..<(h + g) * e), (.value, (h + g) * e..<(h + 2 * g) * e),
    ]
  }

  private var gateUpColumns: [(DecoderBlock.Part, Range<Int>)] {
    let f = configuration.feedForwardSize
    return [(.gate, 0..<f), (.up, f..<2 * f)]
  }

  private func shape(_ block: DecoderBlock, _ batch: TokenBatch) -> AttentionShape {
    AttentionShape(
      sequences: batch.sequences, heads: configuration.headCount,
      keyValueHeads: configuration.keyValueHeadCount, width: configuration.headWidth,
      window: configuration.slidingWindows[block.index] ?? 0)
  }

  private func view(_ tensor: Tensor, _ columns: Range<Int>) -> Matrix {
    Matrix(
      tensor, offset: columns.lowerBound, rows: tensor.rows, columns: columns.count,
      stride: tensor.columns)
  }

  private func rotate(_ queryKeyValue: Tensor, _ batch: TokenBatch, inverse: Bool) {
    let heads = configuration.headCount + configuration.keyValueHeadCount
    backend.rotate(
      view(queryKeyValue, 0..<heads * configuration.headWidth), heads: heads, tables: rotary,
      positions: batch.positions, inverse: inverse)
  }
}

// MARK: - Norms of queries and keys

extension BlockRunner {
  /// A norm of every head alike, and the columns of its heads among queries, keys and values.
  private struct HeadNorm {
    let part: DecoderBlock.Part
    let columns: Range<Int>
  }

  private func headNorms(_ block: DecoderBlock) -> [HeadNorm] {
    [
      HeadNorm(part: .queryNorm, columns: queryKeyValueColumns[0].1),
      HeadNorm(part: .keyNorm, columns: queryKeyValueColumns[1].1),
    ].filter { block.has($0.part) }
  }

  private func normaliseHeads(_ norm: HeadNorm, _ block: DecoderBlock, _ a: BlockActivations) {
    let x = heads(norm.columns, of: a.queryKeyValue)
    let (out, inverse) = (pool.tensor(x.shape), pool.tensor([x.rows]))
    normalise(x, block[norm.part], out: out, inverseRMS: inverse)
    put(out, into: norm.columns, of: a.queryKeyValue)
    a.headNorms[norm.part] = (x, inverse)
  }

  private func normaliseHeadsBackward(
    _ norm: HeadNorm, _ block: DecoderBlock, _ a: BlockActivations, _ dQueryKeyValue: Tensor,
    _ gradient: Tensor?
  ) {
    guard let (x, inverse) = a.headNorms[norm.part] else { return }
    let dx = pool.zeros(x.shape)
    backend.rmsNormBackward(
      dOut: heads(norm.columns, of: dQueryKeyValue), x: x, gain: block[norm.part],
      inverseRMS: inverse, dx: dx, dGain: gradient)
    put(dx, into: norm.columns, of: dQueryKeyValue)
  }

  /// The heads in some columns, one a row, `[T·heads, E]`.
  private func heads(_ columns: Range<Int>, of tensor: Tensor) -> Tensor {
    let width = configuration.headWidth
    let result = pool.tensor([tensor.rows * columns.count / width, width])
    for row in 0..<tensor.rows {
      (result.pointer + row * columns.count).update(
        from: tensor.pointer + row * tensor.columns + columns.lowerBound, count: columns.count)
    }
    return result
  }

  private func put(_ heads: Tensor, into columns: Range<Int>, of tensor: Tensor) {
    for row in 0..<tensor.rows {
      (tensor.pointer + row * tensor.columns + columns.lowerBound).update(
        from: heads.pointer + row * columns.count, count: columns.count)
    }
  }
}
