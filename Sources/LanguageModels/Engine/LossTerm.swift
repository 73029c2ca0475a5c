/// A term of a training step's loss as a value, which an engine may fuse, shard or differentiate as it likes.
package struct LossTerm {
  package enum Kind {
    /// scale · Σ weight · −log-likelihood of the targets; negative scales ascend.
    case nextToken(NextTokenBatch, scale: Double)
    /// The mean over `count` sequences of a function of each one's log-likelihood.
    case sequences(
      NextTokenBatch, count: Int, usesBase: Bool,
      loss: (SequenceLikelihood) -> (value: Double, slope: Double))
    /// The mean over `count` pairs of consecutive sequences of a function of both log-likelihoods, relative to the base's.
    case pairs(
      NextTokenBatch, count: Int,
      loss: (SequenceLikelihood, SequenceLikelihood) -> (value: Double, slopes: (Double, Double)))
    /// scale · Σ weight · factor(p) · −log p of the targets, p the model's own probability; the factor has no gradient.
    case reweighted(NextTokenBatch, scale: Double, factor: (Double) -> Double)
    /// scale · Σ weight · cross entropy of the model to a distribution over next tokens.
    case softTargets(NextTokenBatch, scale: Double, SoftTarget)
    /// scale · Σ weight · (largest logit − mean logit)² of the logits behind each token.
    case flatness(WeightedTokens, scale: Double)
    /// scale · Σ weight · KL(base ‖ model) of the next-token distributions.
    case divergenceFromBase(NextTokenBatch, scale: Double)
    /// weight · mean((hidden − target)²) over the components of hidden states after `layer` and over tokens.
    case hiddenState(TokenBatch, HiddenStateLoss)
    /// A distance between the hidden states of model and base after several layers.
    case representations(WeightedTokens, RepresentationLoss)
  }

  package var kind: Kind
  /// Seeds the dropout masks of low-rank factors; `nil` for none.
  package var dropoutSeed: UInt64?

  package init(_ kind: Kind, dropoutSeed: UInt64? = nil) {
    self.kind = kind
    self.dropoutSeed = dropoutSeed
  }

  /// The network's input.
  package var input: TokenBatch {
    switch kind {
    case .nextToken(let batch, _), .sequences(let batch, _, _, _), .pairs(let batch, _, _),
      .reweighted(let batch, _, _), .softTargets(let batch, _, _),
      .divergenceFromBase(let batch, _):
      batch.input
    case .flatness(let batch, _), .representations(let batch, _): batch.input
    case .hiddenState(let batch, _): batch
    }
  }

  /// Whether the base model's forward pass is part of it.
  package var usesBase: Bool {
    switch kind {
    case .nextToken, .reweighted, .flatness: false
    case .sequences(_, _, let usesBase, _): usesBase
    case .softTargets(_, _, let target): target.source == .base
    case .pairs, .divergenceFromBase, .hiddenState, .representations: true
    }
  }

  /// Number of blocks to compute; `nil` for all of them and the output head.
  package var depth: Int? {
    switch kind {
    case .hiddenState(_, let loss): loss.layer + 1
    case .representations(_, let loss): loss.depth
    default: nil
    }
  }

  /// Layers whose hidden states it needs together.
  package var keptStates: Int {
    if case .representations(_, let loss) = kind { loss.layers.count } else { 0 }
  }
}

/// One sequence's likelihoods for a loss on sequences.
package struct SequenceLikelihood: Sendable, Hashable {
  /// Σ log-likelihood of the weighted targets, in nats.
  package var logLikelihood: Double
  /// The same under the base model; 0 if not requested.
  package var baseLogLikelihood: Double
  /// Targets that count.
  package var length: Double

  package init(logLikelihood: Double, baseLogLikelihood: Double, length: Double) {
    self.logLikelihood = logLikelihood
    self.baseLogLikelihood = baseLogLikelihood
    self.length = length
  }
}

/// A loss that pulls hidden states after a layer towards a target.
package struct HiddenStateLoss: Sendable, Hashable {
  package enum Target: Sendable, Hashable {
    /// One vector for all tokens, `[D]`.
    case vector([Float])
    /// One vector for all tokens, `[D]`: this one times `by` times the mean length of the model's hidden states.
    case inProportion([Float], by: Double)
    /// The base model's hidden states of the same tokens.
    case base
  }

  /// Counted from 0.
  package var layer: Int
  package var target: Target
  package var weight: Double
  /// Weight of each token, `[T]`; `nil` for 1.
  package var tokenWeights: [Float]?
  /// Divisor of the weighted sum over tokens; `nil` for the number of tokens.
  package var total: Double?

  package init(
    layer: Int, target: Target, weight: Double, tokenWeights: [Float]? = nil, total: Double? = nil
  ) {
    self.layer = layer
    self.target = target
    self.weight = weight
    self.tokenWeights = tokenWeights
    self.total = total
  }
}

/// How far the model's hidden states have moved from the base's, as means over tokens.
package struct HiddenStates: Sendable, Hashable {
  /// Cosine between the two models' states.
  package var cosine = 0.0
  /// Length in the model.
  package var norm = 0.0
  /// Length in the base.
  package var baseNorm = 0.0

  package init() {}
}
