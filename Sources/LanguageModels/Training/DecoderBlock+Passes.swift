package import Tensors

/// Runs decoder blocks forward and backward in float32.
package struct BlockRunner {
  package let configuration: DecoderConfiguration
  package let backend: any ComputeBackend
  let pool: TensorPool
  /// Of layers without a window, then of those that have one, if theirs differ.
  private let rotary: [RotaryTables]

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
    rotary = configuration.rotaryTables(positions: positions)
  }

  /// `x` through one block.
  ///
  /// `norm` stands for what the architecture has there, RMSNorm, LayerNorm or nothing.
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
    // 1  n = norm(x)
    a.normal1 = normalise(x, .attentionGain, block, a)
    // 2  q, k, v = n · Wᵀ + b
    for (part, columns) in queryKeyValueColumns {
      project(a.normal1, block, part, use, a, into: view(a.queryKeyValue, columns))
    }
    // 2a q, k = rmsNorm(q), rmsNorm(k), head by head or as a whole
    for part in [DecoderBlock.Part.queryNorm, .keyNorm] { normaliseHeads(part, block, a) }
    // 3  rotate q, k
    rotate(a.queryKeyValue, block, batch, inverse: false)
    // 4  attended = softmax(cap(scale · q · kᵀ)) · v
    backend.attention(a.queryKeyValue, shape(block, batch), out: a.attended)
    // 5  middle = x + norm(attended · Woᵀ)
    project(a.attended, block, .output, use, a, .attentionOutputGain, into: a.middle)
    backend.add(x, to: a.middle)
    // 6  n = norm(middle), or of x where the feed-forward block is beside attention
    a.normal2 = feedForwardInput(block, a)
    // 7  gate, up = n · Wᵀ
    for (part, columns) in gateUpColumns {
      project(a.normal2, block, part, use, a, into: view(a.gateUp, columns))
    }
    // 8  activated = f(gate) ∘ up
    activate(a)
    // 9  out = middle + norm(activated · Wdᵀ)
    let out = pool.tensor(x.shape)
    project(a.activated, block, .down, use, a, .feedForwardOutputGain, into: out)
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
    // 9  forward: out = middle + norm(activated · Wdᵀ)
    let needsMiddle =
      needsInput || !trained.subtracting([.down, .feedForwardOutputGain]).isEmpty
    let dActivated = needsMiddle ? pool.tensor(a.activated.shape) : nil
    let dDown = outputBackward(pass, .feedForwardOutputGain, dOut)
    projectBackward(pass, .down, input: a.activated, dOut: Matrix(dDown), dx: dActivated)
    guard let dActivated else { return nil }
    // 8  forward: activated = f(gate) ∘ up
    let dGateUp = activateBackward(a, dActivated)
    // 7  forward: gate, up = n · Wᵀ
    let dNormal2 = pool.tensor(a.normal2.shape)
    for (index, (part, columns)) in gateUpColumns.enumerated() {
      projectBackward(
        pass, part, input: a.normal2, dOut: view(dGateUp, columns), dx: dNormal2,
        accumulate: index > 0)
    }
    // 6  forward: n = norm(middle); the residual passes dOut by
    let dx = pool.tensor(dOut.shape)
    _ = dx.elements.update(fromContentsOf: dOut.elements)
    if !sharesNorm { normaliseBackward(.feedForwardGain, pass, dNormal2, dx: dx) }
    // What attention has added does not reach a feed-forward block beside it.
    let dMiddle = configuration.isParallel ? dOut : dx
    // 5  forward: middle = x + norm(attended · Woᵀ)
    let below: [DecoderBlock.Part] = [
      .query, .key, .value, .queryKeyValue, .queryNorm, .keyNorm, .attentionGain,
    ]
    let needsAttention = needsInput || !trained.isDisjoint(with: below)
    let dAttended = needsAttention ? pool.tensor(a.attended.shape) : nil
    let dOutput = outputBackward(pass, .attentionOutputGain, dMiddle)
    projectBackward(pass, .output, input: a.attended, dOut: Matrix(dOutput), dx: dAttended)
    guard let dAttended else { return nil }
    // 4  forward: attended = softmax(cap(scale · q · kᵀ)) · v
    let dQueryKeyValue = pool.tensor(a.queryKeyValue.shape)
    backend.attentionBackward(
      dOut: dAttended, queryKeyValue: a.queryKeyValue, shape(block, batch),
      dQueryKeyValue: dQueryKeyValue)
    // 3  forward: rotate q, k
    rotate(dQueryKeyValue, block, batch, inverse: true)
    // 2a forward: q, k = rmsNorm(q), rmsNorm(k), head by head or as a whole
    for part in [DecoderBlock.Part.queryNorm, .keyNorm] {
      normaliseHeadsBackward(part, pass, dQueryKeyValue)
    }
    // 2  forward: q, k, v = n · Wᵀ + b
    let needsNormal = needsInput || trained.contains(.attentionGain)
    // Where both read the same norm, the feed-forward block's gradient comes first.
    let dNormal1 = needsNormal ? (sharesNorm ? dNormal2 : pool.tensor(a.normal1.shape)) : nil
    for (index, (part, columns)) in queryKeyValueColumns.enumerated() {
      projectBackward(
        pass, part, input: a.normal1, dOut: view(dQueryKeyValue, columns), dx: dNormal1,
        accumulate: index > 0 || sharesNorm)
    }
    guard let dNormal1 else { return nil }
    // 1  forward: n = norm(x); the residual passes dMiddle by
    normaliseBackward(.attentionGain, pass, dNormal1, dx: dx)
    return needsInput ? dx : nil
  }

  /// Whether attention and the feed-forward block read the same normalised states.
  private var sharesNorm: Bool { configuration.architecture.normPlaces == .once }

  private func feedForwardInput(_ block: DecoderBlock, _ a: BlockActivations) -> Tensor {
    if sharesNorm { return a.normal1 }
    return normalise(configuration.isParallel ? a.x : a.middle, .feedForwardGain, block, a)
  }

  var queryKeyValueColumns: [(DecoderBlock.Part, Range<Int>)] {
    let (h, g) = (configuration.headCount, configuration.keyValueHeadCount)
    let e = configuration.headWidth
    if configuration.architecture.fusesQueryKeyValue {
      return [(.queryKeyValue, 0..<(h + 2 * g) * e)]
    }
    return [
      (.query, 0..<h * e), (.key, h * e..<(h + g) * e), (.value, (h + g) * e..<(h + 2 * g) * e),
    ]
  }

  private var gateUpColumns: [(DecoderBlock.Part, Range<Int>)] {
    let f = configuration.feedForwardSize
    if configuration.architecture.fusesGateUp { return [(.gateUp, 0..<2 * f)] }
    return configuration.architecture.isGated
      ? [(.gate, 0..<f), (.up, f..<2 * f)] : [(.up, 0..<f)]
  }

  private func shape(_ block: DecoderBlock, _ batch: TokenBatch) -> AttentionShape {
    AttentionShape(
      sequences: batch.sequences, heads: configuration.headCount,
      keyValueHeads: configuration.keyValueHeadCount, width: configuration.headWidth,
      window: configuration.slidingWindows[block.index] ?? 0,
      scale: configuration.attentionScale, cap: Float(configuration.attentionCap ?? 0))
  }

  func view(_ tensor: Tensor, _ columns: Range<Int>) -> Matrix {
    Matrix(
      tensor, offset: columns.lowerBound, rows: tensor.rows, columns: columns.count,
      stride: tensor.columns)
  }

  private func rotate(
    _ queryKeyValue: Tensor, _ block: DecoderBlock, _ batch: TokenBatch, inverse: Bool
  ) {
    let heads = configuration.headCount + configuration.keyValueHeadCount
    let hasWindow = configuration.slidingWindows[block.index] != nil
    backend.rotate(
      view(queryKeyValue, 0..<heads * configuration.headWidth), heads: heads,
      tables: rotary[rotary.count > 1 && hasWindow ? 1 : 0], positions: batch.positions,
      inverse: inverse)
  }

  private func activate(_ a: BlockActivations) {
    switch (configuration.activation, configuration.architecture.isGated) {
    case (.silu, true): backend.swiglu(a.gateUp, out: a.activated)
    case (.geluTanh, true): backend.geglu(a.gateUp, out: a.activated)
    case (.gelu, false): backend.gelu(a.gateUp, out: a.activated)
    case (.geluTanh, false): backend.geluTanh(a.gateUp, out: a.activated)
    case (.silu, false), (.gelu, true): preconditionFailure("no row of the table has these")
    }
  }

  private func activateBackward(_ a: BlockActivations, _ dOut: Tensor) -> Tensor {
    let d = pool.tensor(a.gateUp.shape)
    switch (configuration.activation, configuration.architecture.isGated) {
    case (.silu, true): backend.swigluBackward(dOut: dOut, gateUp: a.gateUp, dGateUp: d)
    case (.geluTanh, true): backend.gegluBackward(dOut: dOut, gateUp: a.gateUp, dGateUp: d)
    case (.gelu, false): backend.geluBackward(dOut: dOut, x: a.gateUp, dx: d)
    case (.geluTanh, false): backend.geluTanhBackward(dOut: dOut, x: a.gateUp, dx: d)
    case (.silu, false), (.gelu, true): preconditionFailure("no row of the table has these")
    }
    return d
  }
}
