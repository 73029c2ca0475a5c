package import Tensors

extension DecoderNetwork {
  /// Calls `body` with logits of `rows` of a pass, a chunk at a time; what it leaves there is taken as ∂loss/∂logits.
  ///
  /// The primitive of every loss on logits; gradients of the head are added on the way.
  /// - Parameters:
  ///   - dHidden: is added to, `[T, D]`, for `backward`; `nil` when no gradient is wanted.
  ///   - body: the positions in `rows`, and their logits, `[chunk, V]`.
  package func forEachLogits(
    of pass: ForwardPass, rows: [Int], dHidden: Tensor?,
    _ body: (Range<Int>, Tensor) throws -> Void
  ) throws {
    try head.forEachChunk(pass.hidden, rows: rows, dHidden: dHidden, base: pass.isBase, body)
  }

  /// Zeros of the shape of a pass's hidden states, for a loss to add its gradient to.
  package func zeroGradient(of pass: ForwardPass) -> Tensor { pool.zeros(pass.hidden.shape) }

  /// Log-likelihood of each target, in nats; 0 where the weight is 0.
  package func logLikelihoods(
    _ pass: ForwardPass, targets: [Int32], weights: [Float]
  ) throws -> [Double] {
    try crossEntropy(pass, targets: targets, weights: weights, dHidden: nil)
  }

  /// Log-likelihood of each target, and the gradient of −Σ weight · log-likelihood.
  /// - Parameters:
  ///   - targets: the token after each row, `[T]`.
  ///   - weights: `[T]`; rows of weight 0 are not computed, negative ones ascend.
  ///   - dHidden: is added to, `[T, D]`.
  /// - Returns: `[T]`, in nats; 0 for rows of weight 0.
  package func crossEntropy(
    _ pass: ForwardPass, targets: [Int32], weights: [Float], dHidden: Tensor?
  ) throws -> [Double] {
    try checkTargets(targets)
    let rows = weights.indices.filter { weights[$0] != 0 }
    var result = [Double](repeating: 0, count: weights.count)
    try forEachLogits(of: pass, rows: rows, dHidden: dHidden) { chunk, logits in
      let values = backend.crossEntropy(
        logits, targets: rows[chunk].map { targets[$0] },
        weights: dHidden == nil ? nil : rows[chunk].map { weights[$0] })
      for (row, value) in zip(rows[chunk], values) { result[row] = value }
    }
    return result
  }

  /// KL(base ‖ network) of each row, and the gradient of Σ weight · divergence.
  /// - Parameters:
  ///   - weights: `[T]`; rows of weight 0 are not computed.
  ///   - reference: the same batch through the base.
  ///   - dHidden: is added to, `[T, D]`.
  /// - Returns: `[T]`, in nats; 0 for rows of weight 0.
  package func divergence(
    _ pass: ForwardPass, from reference: ForwardPass, weights: [Float], dHidden: Tensor
  ) throws -> [Double] {
    let rows = weights.indices.filter { weights[$0] != 0 }
    var result = [Double](repeating: 0, count: weights.count)
    try forEachLogits(of: pass, rows: rows, dHidden: dHidden) { chunk, logits in
      let chosen = Array(rows[chunk])
      try forEachLogits(of: reference, rows: chosen, dHidden: nil) { _, other in
        let values = backend.divergence(logits, from: other, weights: chosen.map { weights[$0] })
        for (row, value) in zip(chosen, values) { result[row] = value }
      }
    }
    return result
  }

  /// One forward and backward pass of next-token cross entropy.
  /// - Parameter scale: what the weighted sum is multiplied by, for example 1 / total weight.
  /// - Returns: scale · Σ weight · −log-likelihood, in nats.
  package func trainNextToken(
    _ batch: NextTokenBatch, scale: Double, adapters use: AdapterUse = .evaluate
  ) throws -> Double {
    guard !batch.targets.isEmpty else { return 0 }
    let pass = try forward(batch.input, adapters: use)
    let dHidden = zeroGradient(of: pass)
    let weights = batch.weights.map { Float(Double($0) * scale) }
    let values = try crossEntropy(
      pass, targets: batch.targets, weights: weights, dHidden: dHidden)
    try backward(pass, dHidden: dHidden)
    return -zip(batch.weights, values).reduce(0.0) { $0 + Double($1.0) * $1.1 } * scale
  }

  func checkTargets(_ targets: [Int32]) throws {
    for target in targets where !(0..<configuration.vocabularySize).contains(Int(target)) {
      throw TrainingError.tokenOutOfRange(
        token: Int(target), vocabulary: configuration.vocabularySize)
    }
  }
}
