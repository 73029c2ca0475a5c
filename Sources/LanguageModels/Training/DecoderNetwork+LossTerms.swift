import Tensors

extension DecoderNetwork {
  /// One forward and backward pass of a term; adds the gradients of trained parameters.
  ///
  /// - Returns: the term's value, and how far hidden states have moved where it is about them.
  /// - Throws: `TrainingError.tokenOutOfRange`, and what reading the base throws.
  func accumulateGradients(
    _ term: LossTerm
  ) throws -> (value: Double, states: HiddenStates?) {
    guard !term.input.tokens.isEmpty else { return (0, nil) }
    let use = term.dropoutSeed.map { AdapterUse.train(seed: $0) } ?? .evaluate
    switch term.kind {
    case .nextToken(let batch, let scale):
      return (try trainNextToken(batch, scale: scale, adapters: use), nil)
    case .sequences(let batch, let count, let usesBase, let loss):
      let value = try sequenceLoss(batch, count: count, usesBase: usesBase, adapters: use) {
        $0.map { sequence in
          guard sequence.length > 0 else { return (0, 0) }
          return loss(sequence)
        }
      }
      return (value, nil)
    case .pairs(let batch, let count, let loss):
      let value = try sequenceLoss(batch, count: count, usesBase: true, adapters: use) {
        sequences in
        stride(from: 0, to: sequences.count - 1, by: 2).map { first in
          loss(sequences[first], sequences[first + 1])
        }.flatMap { [(value: $0.value, slope: $0.slopes.0), (value: 0, slope: $0.slopes.1)] }
      }
      return (value, nil)
    case .reweighted(let batch, let scale, let factor):
      return (try reweighted(batch, scale: scale, adapters: use, factor), nil)
    case .softTargets(let batch, let scale, let target):
      return (try softTargets(batch, scale: scale, adapters: use, target), nil)
    case .flatness(let batch, let scale):
      return (try flatness(batch, scale: scale, adapters: use), nil)
    case .divergenceFromBase(let batch, let scale):
      let (base, pass) = try forwardBoth(batch.input, adapters: use)
      let dHidden = zeroGradient(of: pass)
      let values = try divergence(
        pass, from: base, weights: batch.weights.map { Float(Double($0) * scale) },
        dHidden: dHidden)
      try backward(pass, dHidden: dHidden)
      return (zip(batch.weights, values).reduce(0.0) { $0 + Double($1.0) * $1.1 } * scale, nil)
    case .hiddenState(let batch, let loss):
      let (base, pass) = try forwardBoth(batch, adapters: use, depth: loss.layer + 1)
      let states = HiddenStates(pass.hidden, base: base.hidden)
      let (value, dHidden) = loss.squaredDistance(
        of: pass.hidden, base: base.hidden, meanLength: states.norm,
        gradient: zeroGradient(of: pass))
      try backward(pass, dHidden: dHidden)
      return (value, states)
    case .representations(let batch, let loss):
      let (value, states) = try representations(batch, adapters: use, loss)
      return (value, states)
    }
  }

  /// - Parameter loss: value and slope of each sequence, for all of them.
  private func sequenceLoss(
    _ batch: NextTokenBatch, count: Int, usesBase: Bool, adapters use: AdapterUse,
    _ loss: ([SequenceLikelihood]) -> [(value: Double, slope: Double)]
  ) throws -> Double {
    let both = usesBase ? try forwardBoth(batch.input, adapters: use) : nil
    let pass = try both?.updated ?? forward(batch.input, adapters: use)
    let base = try both.map {
      try logLikelihoods($0.base, targets: batch.targets, weights: batch.weights)
    }
    // The slopes need every sequence's sum first, so the logits are computed twice, the blocks once.
    let values = try logLikelihoods(pass, targets: batch.targets, weights: batch.weights)
    let sequences = batch.input.sequences.map { rows in
      func sum(_ values: [Double]) -> Double {
        rows.reduce(0) { $0 + Double(batch.weights[$1]) * values[$1] }
      }
      return SequenceLikelihood(
        logLikelihood: sum(values), baseLogLikelihood: base.map(sum) ?? 0,
        length: rows.reduce(0.0) { $0 + Double(batch.weights[$1]) })
    }
    var weights = [Float](repeating: 0, count: batch.weights.count)
    var total = 0.0
    for (rows, (value, slope)) in zip(batch.input.sequences, loss(sequences)) {
      total += value / Double(count)
      for row in rows {
        weights[row] = Float(-slope * Double(batch.weights[row]) / Double(count))
      }
    }
    let dHidden = zeroGradient(of: pass)
    _ = try crossEntropy(pass, targets: batch.targets, weights: weights, dHidden: dHidden)
    try backward(pass, dHidden: dHidden)
    return total
  }
}

extension HiddenStateLoss {
  /// The loss of hidden states `[T, D]`, and its gradient, written to `gradient`.
  ///
  /// - Parameter meanLength: of the hidden states.
  fileprivate func squaredDistance(
    of hidden: Tensor, base: Tensor, meanLength: Double, gradient: Tensor
  ) -> (Double, Tensor) {
    let width = hidden.columns
    let all = (total ?? Double(hidden.rows)) * Double(width)
    let fixed: Tensor? =
      switch target {
      case .vector(let vector): Tensor([width], vector)
      case .inProportion(let vector, let factor):
        Tensor([width], Self.scaled(vector, by: factor * meanLength))
      case .base: nil
      }
    var sum = 0.0
    for row in 0..<hidden.rows {
      let tokenWeight = Double(tokenWeights?[row] ?? 1)
      let scale = Float(2 * weight * tokenWeight / all)
      let wanted = fixed?.pointer ?? base.pointer + row * width
      for column in 0..<width {
        let index = row * width + column
        let difference = hidden[index] - wanted[column]
        sum += tokenWeight * (Double(difference) * Double(difference))
        gradient[index] = scale * difference
      }
    }
    return (weight * sum / all, gradient)
  }

  /// A vector times a factor, rounded once.
  package static func scaled(_ vector: [Float], by factor: Double) -> [Float] {
    vector.map { Float(Double($0) * factor) }
  }
}

extension HiddenStates {
  /// Of hidden states `[T, D]` of both models.
  init(_ hidden: Tensor, base: Tensor) {
    self.init()
    let width = hidden.columns
    for row in 0..<hidden.rows {
      var (dot, aa, bb) = (0.0, 0.0, 0.0)
      for index in row * width..<(row + 1) * width {
        let (x, y) = (Double(hidden[index]), Double(base[index]))
        dot += x * y
        aa += x * x
        bb += y * y
      }
      cosine += dot / max((aa * bb).squareRoot(), .leastNormalMagnitude)
      norm += aa.squareRoot()
      baseNorm += bb.squareRoot()
    }
    let rows = Double(max(hidden.rows, 1))
    cosine /= rows
    norm /= rows
    baseNorm /= rows
  }
}
