package import Tensors

/// What a block's forward pass keeps for its backward pass.
package final class BlockActivations {
  /// Input, `[T, D]`.
  let x: Tensor
  /// Normalised input, `[T, D]`, and its inverse root mean square, `[T]`.
  let normal1: Tensor
  let inverse1: Tensor
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

  init(_ c: LlamaConfiguration, x: Tensor) {
    let rows = x.rows
    self.x = x
    normal1 = Tensor([rows, c.hiddenSize])
    inverse1 = Tensor([rows])
    queryKeyValue = Tensor([rows, (c.headCount + 2 * c.keyValueHeadCount) * c.headWidth])
    attended = Tensor([rows, c.headCount * c.headWidth])
    middle = Tensor([rows, c.hiddenSize])
    normal2 = Tensor([rows, c.hiddenSize])
    inverse2 = Tensor([rows])
    gateUp = Tensor([rows, 2 * c.feedForwardSize])
    activated = Tensor([rows, c.feedForwardSize])
  }
}

/// Runs decoder blocks forward and backward in float32.
package struct BlockRunner {
  package let configuration: LlamaConfiguration
  package let backend: any ComputeBackend
  private let rotary: RotaryTables

  /// - Parameter positions: the longest sequence it will see.
  package init(
    configuration: LlamaConfiguration, backend: any ComputeBackend, positions: Int
  ) {
    self.configuration = configuration
    self.backend = backend
    rotary = RotaryTables(
      inverseFrequencies: configuration.inverseFrequencies, positions: positions)
  }

  /// `x` through one block.
  /// - Parameters:
  ///   - x: `[T, D]`.
  ///   - keep: receives the activations, for a later `backward`.
  /// - Returns: `[T, D]`.
  package func forward(
    _ block: LlamaBlock, _ x: Tensor, _ batch: TokenBatch,
    keep: (BlockActivations) -> Void = { _ in }
  ) -> Tensor {
    let a = BlockActivations(configuration, x: x)
    // 1  n = rmsNorm(x)
    backend.rmsNorm(
      x, gain: block[.attentionGain], epsilon: Float(configuration.normEpsilon), out: a.normal1,
      inverseRMS: a.inverse1)
    // 2  q, k, v = n · Wᵀ + b
    for (part, columns) in queryKeyValueColumns {
      project(a.normal1, block, part, into: view(a.queryKeyValue, columns))
    }
    // 3  rotate q, k
    rotate(a.queryKeyValue, batch, inverse: false)
    // 4  attended = softmax(q · kᵀ / √E) · v
    backend.attention(a.queryKeyValue, shape(block, batch), out: a.attended)
    // 5  middle = x + attended · Woᵀ
    project(a.attended, block, .output, into: Matrix(a.middle))
    backend.add(x, to: a.middle)
    // 6  n = rmsNorm(middle)
    backend.rmsNorm(
      a.middle, gain: block[.feedForwardGain], epsilon: Float(configuration.normEpsilon),
      out: a.normal2,
      inverseRMS: a.inverse2)
    // 7  gate, up = n · Wᵀ
    for (part, columns) in gateUpColumns {
      project(a.normal2, block, part, into: view(a.gateUp, columns))
    }
    // 8  activated = silu(gate) ∘ up
    backend.swiglu(a.gateUp, out: a.activated)
    // 9  out = middle + activated · Wdᵀ
    let out = Tensor(x.shape)
    project(a.activated, block, .down, into: Matrix(out))
    backend.add(a.middle, to: out)
    keep(a)
    return out
  }

  /// The gradient of a block's input, from that of its output; adds the gradients of trained parameters.
  /// - Parameters:
  ///   - dOut: `[T, D]`.
  ///   - needsInput: whether the input's gradient is wanted; without it the pass stops early.
  /// - Returns: `[T, D]`, or `nil` if it was not wanted.
  package func backward(
    _ block: LlamaBlock, _ a: BlockActivations, _ batch: TokenBatch, dOut: Tensor,
    gradients: BlockGradients?, needsInput: Bool
  ) -> Tensor? {
    // 9  forward: out = middle + activated · Wdᵀ
    weightGradient(gradients?[.down], dOut: Matrix(dOut), input: a.activated)
    let trained = Set((gradients?.tensors ?? [:]).keys)
    guard needsInput || trained != trained.intersection([.down]) else { return nil }
    let dActivated = Tensor(a.activated.shape)
    inputGradient(block[.down], dOut: Matrix(dOut), dx: dActivated)
    // 8  forward: activated = silu(gate) ∘ up
    let dGateUp = Tensor(a.gateUp.shape)
    backend.swigluBackward(dOut: dActivated, gateUp: a.gateUp, dGateUp: dGateUp)
    // 7  forward: gate, up = n · Wᵀ
    let dNormal2 = Tensor(a.normal2.shape)
    for (part, columns) in gateUpColumns {
      weightGradient(gradients?[part], dOut: view(dGateUp, columns), input: a.normal2)
      inputGradient(block[part], dOut: view(dGateUp, columns), dx: dNormal2)
    }
    // 6  forward: n = rmsNorm(middle); the residual passes dOut by
    let dMiddle = dOut.copy()
    backend.rmsNormBackward(
      dOut: dNormal2, x: a.middle, gain: block[.feedForwardGain], inverseRMS: a.inverse2,
      dx: dMiddle, dGain: gradients?[.feedForwardGain])
    // 5  forward: middle = x + attended · Woᵀ
    weightGradient(gradients?[.output], dOut: Matrix(dMiddle), input: a.attended)
    let beforeAttention: Set<LlamaBlock.Part> = [.query, .key, .value, .attentionGain]
    guard needsInput || !trained.isDisjoint(with: beforeAttention) else { return nil }
    let dAttended = Tensor(a.attended.shape)
    inputGradient(block[.output], dOut: Matrix(dMiddle), dx: dAttended)
    // 4  forward: attended = softmax(q · kᵀ / √E) · v
    let dQueryKeyValue = Tensor(a.queryKeyValue.shape)
    backend.attentionBackward(
      dOut: dAttended, queryKeyValue: a.queryKeyValue, shape(block, batch),
      dQueryKeyValue: dQueryKeyValue)
    // 3  forward: rotate q, k
    rotate(dQueryKeyValue, batch, inverse: true)
    // 2  forward: q, k, v = n · Wᵀ + b
    let dNormal1 = Tensor(a.normal1.shape)
    for (part, columns) in queryKeyValueColumns {
      weightGradient(gradients?[part], dOut: view(dQueryKeyValue, columns), input: a.normal1)
      inputGradient(block[part], dOut: view(dQueryKeyValue, columns), dx: dNormal1)
    }
    // 1  forward: n = rmsNorm(x); the residual passes dMiddle by
    backend.rmsNormBackward(
      dOut: dNormal1, x: a.x, gain: block[.attentionGain], inverseRMS: a.inverse1, dx: dMiddle,
      dGain: gradients?[.attentionGain])
    return dMiddle
  }

  private var queryKeyValueColumns: [(LlamaBlock.Part, Range<Int>)] {
    let (h, g) = (configuration.headCount, configuration.keyValueHeadCount)
    let e = configuration.headWidth
    return [
      (.query, 0..<h * e), (.key, h * e..<(h + g) * e), (.value, (h + g) * e..<(h + 2 * g) * e),
    ]
  }

  private var gateUpColumns: [(LlamaBlock.Part, Range<Int>)] {
    let f = configuration.feedForwardSize
    return [(.gate, 0..<f), (.up, f..<2 * f)]
  }

  private func shape(_ block: LlamaBlock, _ batch: TokenBatch) -> AttentionShape {
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

  /// `out = x · Wᵀ + b`.
  private func project(_ x: Tensor, _ block: LlamaBlock, _ part: LlamaBlock.Part, into out: Matrix)
  {
    var beta: Float = 0
    if let bias = block.bias(part) {
      for row in 0..<out.rows {
        (out.pointer + row * out.stride).update(from: bias.pointer, count: bias.count)
      }
      beta = 1
    }
    backend.multiply(Matrix(x), Matrix(block[part]).transposed, into: out, alpha: 1, beta: beta)
  }

  /// `dW += dOutᵀ · input`, unless frozen.
  private func weightGradient(_ dW: Tensor?, dOut: Matrix, input: Tensor) {
    guard let dW else { return }
    backend.multiply(dOut.transposed, Matrix(input), into: Matrix(dW), alpha: 1, beta: 1)
  }

  /// `dx += dOut · W`.
  private func inputGradient(_ w: Tensor, dOut: Matrix, dx: Tensor) {
    backend.multiply(dOut, Matrix(w), into: Matrix(dx), alpha: 1, beta: 1)
  }
}
