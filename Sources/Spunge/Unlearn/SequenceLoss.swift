import LanguageModels

/// Losses that are a function of each sequence's log-likelihood, as NPO's and SimNPO's.
enum SequenceLoss {
  /// One sequence as such a loss sees it.
  struct Sequence {
    /// Σ log-likelihood of the targets that count, in nats.
    let logLikelihood: Double
    /// The same under the base model; 0 where it was not asked for.
    let baseLogLikelihood: Double
    /// Targets that count.
    let length: Double
  }

  /// Adds the gradient of a batch's share in the mean over the step's sequences; returns that share.
  /// - Parameters:
  ///   - usesBase: whether the base's log-likelihoods are needed.
  ///   - loss: value of one sequence's loss, and its derivative by the log-likelihood.
  static func add(
    _ batch: NextTokenBatch, to network: LlamaNetwork, adapters: AdapterUse, totals: StepTotals,
    usesBase: Bool, _ loss: (Sequence) -> (value: Double, slope: Double)
  ) throws -> Double {
    let base =
      usesBase
      ? try network.logLikelihoods(
        network.forwardBase(batch.input), targets: batch.targets, weights: batch.weights) : nil
    let pass = try network.forward(batch.input, adapters: adapters)
    // The slopes need every sequence's sum first, so the logits are computed twice, the blocks once.
    let values = try network.logLikelihoods(pass, targets: batch.targets, weights: batch.weights)
    var weights = [Float](repeating: 0, count: batch.weights.count)
    var total = 0.0
    for rows in batch.input.sequences {
      func sum(_ values: [Double]) -> Double {
        rows.reduce(0) { $0 + Double(batch.weights[$1]) * values[$1] }
      }
      let length = rows.reduce(0.0) { $0 + Double(batch.weights[$1]) }
      guard length > 0 else { continue }
      let (value, slope) = loss(
        Sequence(
          logLikelihood: sum(values), baseLogLikelihood: base.map(sum) ?? 0, length: length))
      total += value / Double(totals.sequences)
      for row in rows {
        weights[row] = Float(-slope * Double(batch.weights[row]) / Double(totals.sequences))
      }
    }
    let dHidden = network.zeroGradient(of: pass)
    _ = try network.crossEntropy(
      pass, targets: batch.targets, weights: weights, dHidden: dHidden)
    try network.backward(pass, dHidden: dHidden)
    return total
  }
}
