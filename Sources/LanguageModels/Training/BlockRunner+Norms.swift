import Tensors

/// Norms of a block, whatever its architecture has.
extension BlockRunner {
  /// `norm(x)` and what its backward pass needs; `x` itself where the block has no such norm.
  func normalise(
    _ x: Tensor, _ part: DecoderBlock.Part, _ block: DecoderBlock, _ a: BlockActivations
  ) -> Tensor {
    guard block.has(part) else { return x }
    let out = pool.tensor(x.shape)
    a.norms[part] = DecoderNorm(configuration, backend, pool).forward(
      x, weight: block[part], bias: block.bias(part), out: out)
    return out
  }

  /// Adds the gradient of a norm's input to `dx`, and those of its parameters.
  func normaliseBackward(
    _ part: DecoderBlock.Part, _ pass: BackwardPass, _ dOut: Tensor, dx: Tensor
  ) {
    guard let norm = pass.activations.norms[part] else { return backend.add(dOut, to: dx) }
    DecoderNorm(configuration, backend, pool).backward(
      dOut, norm, weight: pass.block[part], dx: dx, dWeight: pass.gradients?[part],
      dBias: pass.gradients?.biases[part])
  }

  /// `out = norm(x · Wᵀ + …)`, or without the norm where the block has none.
  func project(
    _ x: Tensor, _ block: DecoderBlock, _ part: DecoderBlock.Part, _ use: AdapterUse,
    _ a: BlockActivations, _ norm: DecoderBlock.Part, into out: Tensor
  ) {
    guard block.has(norm) else { return project(x, block, part, use, a, into: Matrix(out)) }
    let branch = pool.tensor(out.shape)
    project(x, block, part, use, a, into: Matrix(branch))
    a.norms[norm] = DecoderNorm(configuration, backend, pool).forward(
      branch, weight: block[norm], bias: block.bias(norm), out: out)
  }

  /// The gradient of a projection's output, from that of what is added to the stream.
  func outputBackward(
    _ pass: BackwardPass, _ part: DecoderBlock.Part, _ dOut: Tensor
  ) -> Tensor {
    guard pass.block.has(part) else { return dOut }
    let d = pool.zeros(dOut.shape)
    normaliseBackward(part, pass, dOut, dx: d)
    return d
  }

  func normaliseHeads(_ part: DecoderBlock.Part, _ block: DecoderBlock, _ a: BlockActivations) {
    guard block.has(part) else { return }
    let columns = columns(part)
    let x = heads(columns, width: block[part].count, of: a.queryKeyValue)
    put(normalise(x, part, block, a), into: columns, of: a.queryKeyValue)
  }

  func normaliseHeadsBackward(
    _ part: DecoderBlock.Part, _ pass: BackwardPass, _ dQueryKeyValue: Tensor
  ) {
    guard pass.block.has(part) else { return }
    let columns = columns(part)
    let dOut = heads(columns, width: pass.block[part].count, of: dQueryKeyValue)
    let dx = pool.zeros(dOut.shape)
    normaliseBackward(part, pass, dOut, dx: dx)
    put(dx, into: columns, of: dQueryKeyValue)
  }

  /// Where queries or keys are, that the norm `part` is of.
  private func columns(_ part: DecoderBlock.Part) -> Range<Int> {
    let queries = configuration.headCount * configuration.headWidth
    let keys = configuration.keyValueHeadCount * configuration.headWidth
    return part == .queryNorm ? 0..<queries : queries..<queries + keys
  }

  /// What is normalised together in some columns, one a row, `[…, width]`.
  private func heads(_ columns: Range<Int>, width: Int, of tensor: Tensor) -> Tensor {
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
