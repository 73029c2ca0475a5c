import Formats
import Foundation
import Tensors

/// What a forward pass keeps for the backward pass.
final class RobertaPass {
  let batch: TokenBatch
  /// Rows of the position embeddings, `[T]`.
  let positions: [Int]
  let embedding: NormActivations
  let blocks: [RobertaBlockActivations]
  /// First tokens' hidden states, `[N, D]` for N texts.
  let first: Tensor
  /// After the head's tanh, `[N, D]`.
  let pooled: Tensor
  /// `[N, labels]`.
  let logits: Tensor

  init(
    batch: TokenBatch, positions: [Int], embedding: NormActivations,
    blocks: [RobertaBlockActivations], first: Tensor, pooled: Tensor, logits: Tensor
  ) {
    (self.batch, self.positions) = (batch, positions)
    (self.embedding, self.blocks) = (embedding, blocks)
    (self.first, self.pooled, self.logits) = (first, pooled, logits)
  }
}

/// A layer normalisation's input, output and statistics.
struct NormActivations {
  /// `[T, D]`.
  let x: Tensor
  /// `[T, D]`.
  let out: Tensor
  /// `[T]`.
  let mean: Tensor
  /// `[T]`.
  let inverseDeviation: Tensor
}

struct RobertaBlockActivations {
  /// Input, `[T, D]`.
  let x: Tensor
  /// `[T, 3D]`.
  let queryKeyValue: Tensor
  /// `[T, D]`.
  let attended: Tensor
  let attentionNorm: NormActivations
  /// Before and after the GELU, `[T, F]`.
  let inner: Tensor
  let activated: Tensor
  let feedForwardNorm: NormActivations
}

extension RobertaNetwork {
  func forward(_ batch: TokenBatch) -> RobertaPass {
    let positionRows = batch.sequences.flatMap { configuration.positions(batch.tokens[$0]) }
    let embedding = normalise(embed(batch, positionRows), embeddingNorm)
    var blocks: [RobertaBlockActivations] = []
    var x = embedding.out
    for block in self.blocks {
      let activations = forward(block, x, batch)
      blocks.append(activations)
      x = activations.feedForwardNorm.out
    }
    let width = configuration.hiddenSize
    let first = pool.tensor([batch.sequences.count, width])
    for (row, sequence) in batch.sequences.enumerated() {
      (first.pointer + row * width).update(
        from: x.pointer + sequence.lowerBound * width, count: width)
    }
    // pooled = tanh(first · Wᵀ + b);  logits = pooled · Woᵀ + bo
    let pooled = pool.tensor(first.shape)
    project(first, headDense, into: Matrix(pooled))
    for index in 0..<pooled.count {
      pooled[index] = Float(PortableMath.tanh(Double(pooled[index])))
    }
    let logits = pool.tensor([first.rows, configuration.labels.count])
    project(pooled, headOutput, into: Matrix(logits))
    return RobertaPass(
      batch: batch, positions: positionRows, embedding: embedding, blocks: blocks, first: first,
      pooled: pooled, logits: logits)
  }

  /// Adds the gradients of every parameter.
  /// - Parameter dLogits: `[N, labels]`.
  func backward(_ pass: RobertaPass, dLogits: Tensor) {
    let width = configuration.hiddenSize
    // forward: logits = pooled · Woᵀ + bo
    let dPooled = pool.tensor(pass.pooled.shape)
    projectBackward(headOutput, input: pass.pooled, dOut: Matrix(dLogits), dx: dPooled)
    // forward: pooled = tanh(first · Wᵀ + b)
    for index in 0..<dPooled.count { dPooled[index] *= 1 - pass.pooled[index] * pass.pooled[index] }
    let dFirst = pool.tensor(pass.first.shape)
    projectBackward(headDense, input: pass.first, dOut: Matrix(dPooled), dx: dFirst)
    var dOut = pool.zeros(pass.embedding.out.shape)
    for (row, sequence) in pass.batch.sequences.enumerated() {
      (dOut.pointer + sequence.lowerBound * width).update(
        from: dFirst.pointer + row * width, count: width)
    }
    for (block, activations) in zip(blocks, pass.blocks).reversed() {
      dOut = backward(block, activations, pass.batch, dOut: dOut)
    }
    // forward: x = layerNorm(word + type + position)
    let dSum = normaliseBackward(pass.embedding, embeddingNorm, dOut: dOut)
    for (row, token) in pass.batch.tokens.enumerated() {
      let d = dSum.pointer + row * width
      let targets = [
        words.gradient.pointer + Int(token) * width, tokenTypes.gradient.pointer,
        positions.gradient.pointer + pass.positions[row] * width,
      ]
      for target in targets {
        for column in 0..<width { target[column] += d[column] }
      }
    }
  }

  /// word + type + position of every token, `[T, D]`.
  private func embed(_ batch: TokenBatch, _ positionRows: [Int]) -> Tensor {
    let width = configuration.hiddenSize
    let sum = pool.tensor([batch.tokens.count, width])
    for (row, token) in batch.tokens.enumerated() {
      let out = sum.pointer + row * width
      let word = words.value.pointer + Int(token) * width
      let position = positions.value.pointer + positionRows[row] * width
      for column in 0..<width {
        out[column] = word[column] + tokenTypes.value.pointer[column] + position[column]
      }
    }
    return sum
  }

  private func forward(_ block: Block, _ x: Tensor, _ batch: TokenBatch) -> RobertaBlockActivations
  {
    let (width, inside) = (configuration.hiddenSize, configuration.feedForwardSize)
    // 1  q, k, v = x · Wᵀ + b
    let queryKeyValue = pool.tensor([x.rows, 3 * width])
    for (index, module) in [block.query, block.key, block.value].enumerated() {
      project(x, module, into: third(queryKeyValue, index))
    }
    // 2  attended = softmax(q · kᵀ / √E) · v
    let attended = pool.tensor(x.shape)
    backend.attention(queryKeyValue, shape(batch), out: attended)
    // 3  middle = layerNorm(x + attended · Wᵀ + b)
    let sum = pool.tensor(x.shape)
    project(attended, block.attentionOutput, into: Matrix(sum))
    backend.add(x, to: sum)
    let attentionNorm = normalise(sum, block.attentionNorm)
    // 4  activated = gelu(middle · Wᵀ + b)
    let (inner, activated) = (pool.tensor([x.rows, inside]), pool.tensor([x.rows, inside]))
    project(attentionNorm.out, block.up, into: Matrix(inner))
    backend.gelu(inner, out: activated)
    // 5  out = layerNorm(middle + activated · Wᵀ + b)
    let last = pool.tensor(x.shape)
    project(activated, block.down, into: Matrix(last))
    backend.add(attentionNorm.out, to: last)
    return RobertaBlockActivations(
      x: x, queryKeyValue: queryKeyValue, attended: attended, attentionNorm: attentionNorm,
      inner: inner, activated: activated,
      feedForwardNorm: normalise(last, block.feedForwardNorm))
  }

  /// - Returns: the gradient of the block's input, `[T, D]`.
  private func backward(
    _ block: Block, _ a: RobertaBlockActivations, _ batch: TokenBatch, dOut: Tensor
  ) -> Tensor {
    // 5  forward: out = layerNorm(middle + activated · Wᵀ + b)
    let dMiddle = normaliseBackward(a.feedForwardNorm, block.feedForwardNorm, dOut: dOut)
    let dActivated = pool.tensor(a.activated.shape)
    projectBackward(block.down, input: a.activated, dOut: Matrix(dMiddle), dx: dActivated)
    // 4  forward: activated = gelu(middle · Wᵀ + b)
    let dInner = pool.tensor(a.inner.shape)
    backend.geluBackward(dOut: dActivated, x: a.inner, dx: dInner)
    projectBackward(
      block.up, input: a.attentionNorm.out, dOut: Matrix(dInner), dx: dMiddle, accumulate: true)
    // 3  forward: middle = layerNorm(x + attended · Wᵀ + b)
    let dx = normaliseBackward(a.attentionNorm, block.attentionNorm, dOut: dMiddle)
    let dAttended = pool.tensor(a.attended.shape)
    projectBackward(block.attentionOutput, input: a.attended, dOut: Matrix(dx), dx: dAttended)
    // 2  forward: attended = softmax(q · kᵀ / √E) · v
    let dQueryKeyValue = pool.tensor(a.queryKeyValue.shape)
    backend.attentionBackward(
      dOut: dAttended, queryKeyValue: a.queryKeyValue, shape(batch), dQueryKeyValue: dQueryKeyValue)
    // 1  forward: q, k, v = x · Wᵀ + b
    for (index, module) in [block.query, block.key, block.value].enumerated() {
      projectBackward(
        module, input: a.x, dOut: third(dQueryKeyValue, index), dx: dx, accumulate: true)
    }
    return dx
  }

  private func shape(_ batch: TokenBatch) -> AttentionShape {
    AttentionShape(
      sequences: batch.sequences, heads: configuration.headCount,
      keyValueHeads: configuration.headCount, width: configuration.headWidth, window: 0,
      isCausal: false)
  }

  /// Queries, keys or values.
  private func third(_ tensor: Tensor, _ index: Int) -> Matrix {
    let width = configuration.hiddenSize
    return Matrix(
      tensor, offset: index * width, rows: tensor.rows, columns: width, stride: tensor.columns)
  }
}

// MARK: - Modules

extension RobertaNetwork {
  /// `out = x · Wᵀ + b`.
  private func project(_ x: Tensor, _ module: Module, into out: Matrix) {
    for row in 0..<out.rows {
      (out.pointer + row * out.stride).update(
        from: module.bias.value.pointer, count: module.bias.value.count)
    }
    backend.multiply(
      Matrix(x), Matrix(module.weight.value).transposed, into: out, alpha: 1, beta: 1)
  }

  /// Adds the gradients of a projection's parameters, and gives or adds that of its input.
  private func projectBackward(
    _ module: Module, input: Tensor, dOut: Matrix, dx: Tensor, accumulate: Bool = false
  ) {
    // forward: out = x · Wᵀ + b
    backend.multiply(
      dOut.transposed, Matrix(input), into: Matrix(module.weight.gradient), alpha: 1, beta: 1)
    let ones = pool.tensor([1, dOut.rows])
    ones.fill(1)
    let dBias = module.bias.gradient
    backend.multiply(
      Matrix(ones), dOut,
      into: Matrix(dBias, offset: 0, rows: 1, columns: dBias.count, stride: dBias.count),
      alpha: 1, beta: 1)
    backend.multiply(
      dOut, Matrix(module.weight.value), into: Matrix(dx), alpha: 1, beta: accumulate ? 1 : 0)
  }

  private func normalise(_ x: Tensor, _ module: Module) -> NormActivations {
    let result = NormActivations(
      x: x, out: pool.tensor(x.shape), mean: pool.tensor([x.rows]),
      inverseDeviation: pool.tensor([x.rows]))
    backend.layerNorm(
      x, gain: module.weight.value, bias: module.bias.value,
      epsilon: Float(configuration.normEpsilon), out: result.out, mean: result.mean,
      inverseDeviation: result.inverseDeviation)
    return result
  }

  /// - Returns: the gradient of the input, `[T, D]`.
  private func normaliseBackward(_ a: NormActivations, _ module: Module, dOut: Tensor) -> Tensor {
    let dx = pool.zeros(a.x.shape)
    backend.layerNormBackward(
      dOut: dOut, x: a.x, gain: module.weight.value, mean: a.mean,
      inverseDeviation: a.inverseDeviation, dx: dx, dGain: module.weight.gradient,
      dBias: module.bias.gradient)
    return dx
  }
}
