import Formats
import Tensors

/// Losses on the logits of single tokens.
extension DecoderNetwork {
  /// scale · Σ weight · factor(p) · −log p, and its gradient with the factors held.
  func reweighted(
    _ batch: NextTokenBatch, scale: Double, adapters use: AdapterUse,
    _ factor: (Double) -> Double
  ) throws -> Double {
    try checkTargets(batch.targets)
    let pass = try forward(batch.input, adapters: use)
    let dHidden = zeroGradient(of: pass)
    let rows = batch.countedRows
    var total = 0.0
    try forEachLogits(of: pass, rows: rows, dHidden: dHidden) { chunk, logits in
      let targets = rows[chunk].map { batch.targets[$0] }
      let values = backend.crossEntropy(logits, targets: targets, weights: nil)
      let weights = zip(rows[chunk], values).map { row, value in
        Double(batch.weights[row]) * scale * factor(PortableMath.exp(value))
      }
      total -= zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
      _ = backend.crossEntropy(logits, targets: targets, weights: weights.map { Float($0) })
    }
    try backward(pass, dHidden: dHidden)
    return total
  }

  /// scale · Σ weight · cross entropy to `target`, and its gradient.
  func softTargets(
    _ batch: NextTokenBatch, scale: Double, adapters use: AdapterUse, _ target: SoftTarget
  ) throws -> Double {
    try checkTargets(batch.targets)
    let both = target.source == .base ? try forwardBoth(batch.input, adapters: use) : nil
    let pass = try both?.updated ?? forward(batch.input, adapters: use)
    let dHidden = zeroGradient(of: pass)
    let rows = batch.countedRows
    var total = 0.0
    try forEachLogits(of: pass, rows: rows, dHidden: dHidden) { chunk, logits in
      let chosen = Array(rows[chunk])
      func add(_ wanted: Tensor) {
        target.lower(
          wanted.pointer, width: wanted.columns, targets: chosen.map { batch.targets[$0] })
        let weights = chosen.map { Double(batch.weights[$0]) * scale }
        let values = crossEntropy(logits, to: wanted, weights: weights.map { Float($0) })
        total += zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
      }
      if let base = both?.base {
        try forEachLogits(of: base, rows: chosen, dHidden: nil) { add($1) }
      } else {
        add(logits.copy())
      }
    }
    try backward(pass, dHidden: dHidden)
    return total
  }

  /// Cross entropy of softmax(logits) to softmax(wanted) of each row, in nats.
  ///
  /// - Parameters:
  ///   - logits: become the gradient of Σ weight · cross entropy.
  ///   - wanted: scratch afterwards.
  private func crossEntropy(_ logits: Tensor, to wanted: Tensor, weights: [Float]) -> [Double] {
    // −Σ q log p = KL(q ‖ p) + H(q), and H(q) = log V − KL(q ‖ uniform).
    let uniform = pool.zeros(wanted.shape)
    let fromUniform = backend.divergence(
      uniform, from: wanted.copy(), weights: [Float](repeating: 0, count: weights.count))
    let divergence = backend.divergence(logits, from: wanted, weights: weights)
    let most = PortableMath.log(Double(wanted.columns))
    return zip(divergence, fromUniform).map { $0 + most - $1 }
  }

  /// scale · Σ weight · (largest logit − mean logit)², and its gradient.
  func flatness(
    _ batch: WeightedTokens, scale: Double, adapters use: AdapterUse
  ) throws -> Double {
    let pass = try forward(batch.input, adapters: use)
    let dHidden = zeroGradient(of: pass)
    let rows = batch.weights.indices.filter { batch.weights[$0] != 0 }
    var total = 0.0
    try forEachLogits(of: pass, rows: rows, dHidden: dHidden) { chunk, logits in
      let width = logits.columns
      for (place, row) in rows[chunk].enumerated() {
        let weight = Double(batch.weights[row]) * scale
        let values = UnsafeMutableBufferPointer(start: logits.pointer + place * width, count: width)
        let (largest, margin) = Self.margin(values)
        total += weight * margin * margin
        values.update(repeating: Float(-2 * weight * margin / Double(width)))
        values[largest] += Float(2 * weight * margin)
      }
    }
    try backward(pass, dHidden: dHidden)
    return total
  }

  /// The place of the largest value, the first of equals, and how far it is above the mean.
  private static func margin(_ values: UnsafeMutableBufferPointer<Float>) -> (Int, Double) {
    var (largest, sum) = (0, 0.0)
    for index in values.indices {
      sum += Double(values[index])
      if values[index] > values[largest] { largest = index }
    }
    return (largest, Double(values[largest]) - sum / Double(values.count))
  }
}

extension NextTokenBatch {
  /// Rows whose targets count.
  fileprivate var countedRows: [Int] { weights.indices.filter { weights[$0] != 0 } }
}
