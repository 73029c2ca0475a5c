import Tensors

/// What every step of one block's backward pass looks at.
struct BackwardPass {
  let block: DecoderBlock
  let activations: BlockActivations
  let gradients: BlockGradients?
  let use: AdapterUse

  /// Factors beside a projection, unless they took no part.
  func adapter(_ part: DecoderBlock.Part) -> LoRAFactors? {
    use == .off ? nil : block.adapters[part]
  }

  /// Parts with a parameter that trains.
  var trainedParts: Set<DecoderBlock.Part> {
    var parts = Set((gradients?.tensors ?? [:]).keys)
    parts.formUnion((gradients?.biases ?? [:]).keys)
    if use != .off { parts.formUnion(block.adapters.keys) }
    return parts
  }
}

extension BlockRunner {
  /// `out = x · Wᵀ + b + scale · (dropout(x) · Aᵀ) · Bᵀ`.
  func project(
    _ x: Tensor, _ block: DecoderBlock, _ part: DecoderBlock.Part, _ use: AdapterUse,
    _ activations: BlockActivations, into out: Matrix
  ) {
    var beta: Float = 0
    if let bias = block.bias(part) {
      for row in 0..<out.rows {
        (out.pointer + row * out.stride).update(from: bias.pointer, count: bias.count)
      }
      beta = 1
    }
    backend.multiply(Matrix(x), Matrix(block[part]).transposed, into: out, alpha: 1, beta: beta)
    guard use != .off, let adapter = block.adapters[part] else { return }
    let low = pool.tensor([x.rows, adapter.rank])
    let input = dropped(x, adapter, block, part, use)
    backend.multiply(
      Matrix(input), Matrix(adapter.a.value).transposed, into: Matrix(low), alpha: 1, beta: 0)
    backend.multiply(
      Matrix(low), Matrix(adapter.b.value).transposed, into: out, alpha: adapter.scale, beta: 1)
    activations.low[part] = low
  }

  /// Adds the gradients of a projection's parameters, and gives or adds that of its input.
  /// - Parameters:
  ///   - input: what the projection read, `[T, in]`.
  ///   - dOut: `[T, out]`.
  ///   - dx: receives `[T, in]`, or `nil` if it is not wanted.
  ///   - accumulate: whether `dx` is added to.
  func projectBackward(
    _ pass: BackwardPass, _ part: DecoderBlock.Part, input: Tensor, dOut: Matrix, dx: Tensor?,
    accumulate: Bool = false
  ) {
    // forward: out = x · Wᵀ + b
    if let dW = pass.gradients?[part] {
      backend.multiply(dOut.transposed, Matrix(input), into: Matrix(dW), alpha: 1, beta: 1)
    }
    if let dBias = pass.gradients?.biases[part] { backend.addColumnSums(of: dOut, to: dBias) }
    if let dx {
      backend.multiply(
        dOut, Matrix(pass.block[part]), into: Matrix(dx), alpha: 1, beta: accumulate ? 1 : 0)
    }
    guard let adapter = pass.adapter(part), let low = pass.activations.low[part] else { return }
    // forward: out += scale · low · Bᵀ
    backend.multiply(
      dOut.transposed, Matrix(low), into: Matrix(adapter.b.gradient), alpha: adapter.scale, beta: 1)
    let dLow = pool.tensor(low.shape)
    backend.multiply(
      dOut, Matrix(adapter.b.value), into: Matrix(dLow), alpha: adapter.scale, beta: 0)
    // forward: low = dropout(x) · Aᵀ
    let dropped = dropped(input, adapter, pass.block, part, pass.use)
    backend.multiply(
      Matrix(dLow).transposed, Matrix(dropped), into: Matrix(adapter.a.gradient), alpha: 1, beta: 1)
    guard let dx else { return }
    guard let seed = maskSeed(adapter, pass.block, part, pass.use) else {
      backend.multiply(Matrix(dLow), Matrix(adapter.a.value), into: Matrix(dx), alpha: 1, beta: 1)
      return
    }
    let dDropped = pool.tensor(input.shape)
    backend.multiply(
      Matrix(dLow), Matrix(adapter.a.value), into: Matrix(dDropped), alpha: 1, beta: 0)
    backend.dropout(dDropped, rate: adapter.dropout, seed: seed, out: dx, accumulate: true)
  }

  /// The branch's input with its mask, or the input itself where nothing is dropped.
  private func dropped(
    _ x: Tensor, _ adapter: LoRAFactors, _ block: DecoderBlock, _ part: DecoderBlock.Part,
    _ use: AdapterUse
  ) -> Tensor {
    guard let seed = maskSeed(adapter, block, part, use) else { return x }
    let out = pool.tensor(x.shape)
    backend.dropout(x, rate: adapter.dropout, seed: seed, out: out, accumulate: false)
    return out
  }

  /// Every projection of every block has its own mask in every pass.
  private func maskSeed(
    _ adapter: LoRAFactors, _ block: DecoderBlock, _ part: DecoderBlock.Part, _ use: AdapterUse
  ) -> UInt64? {
    guard case .train(let seed) = use, adapter.dropout > 0 else { return nil }
    return RandomSource(seed: seed).child(named: "\(block.index).\(part.rawValue)").seed
  }
}

extension ComputeBackend {
  /// Adds the gradient of a bias, from that of what it was added to.
  func addColumnSums(of dOut: Matrix, to dBias: Tensor) {
    let ones = Tensor([1, dOut.rows])
    ones.fill(1)
    multiply(
      Matrix(ones), dOut,
      into: Matrix(dBias, offset: 0, rows: 1, columns: dBias.count, stride: dBias.count), alpha: 1,
      beta: 1)
  }
}
