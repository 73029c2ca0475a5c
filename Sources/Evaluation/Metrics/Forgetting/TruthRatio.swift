import Formats

/// How probable wrong answers are in comparison with a right one.
///
/// Maini et al. 2024, "TOFU", https://arxiv.org/abs/2401.06121, with open-unlearning's guard against division by 0.
package struct TruthRatio: Sendable, Hashable {
  /// Probability of the right answer, per token.
  package var right: Double
  /// Geometric mean of the wrong answers' probabilities, per token.
  package var wrong: Double

  private static let guardTerm = 1e-10

  /// - Parameters: mean negative log-likelihoods per token, nats; `wrong` is not empty.
  package init(rightLoss: Double, wrongLosses: [Double]) {
    precondition(!wrongLosses.isEmpty, "there is no wrong answer")
    right = PortableMath.exp(-rightLoss)
    wrong = PortableMath.exp(-wrongLosses.reduce(0, +) / Double(wrongLosses.count))
  }

  /// wrong / right; what forget quality compares.
  package var value: Double { wrong / (right + Self.guardTerm) }

  /// 1 where neither is preferred, towards 0 where one is: what should come of forgetting.
  package var closenessToOne: Double { min(value, 1 / (value + Self.guardTerm)) }

  /// 1 where no wrong answer has any probability, 0 where they are as probable as the right one: for what is to be
  /// kept.
  package var preferenceForTruth: Double { max(0, 1 - value) }

  /// The right answer's share of the probability.
  package var shareOfTruth: Double { right / (right + wrong + Self.guardTerm) }

  /// A right answer's share among it and each wrong one.
  ///
  /// - Parameters: mean negative log-likelihoods per token, nats.
  package static func normalisedProbability(
    rightLoss: Double, wrongLosses: [Double]
  ) -> Double {
    let right = PortableMath.exp(-rightLoss)
    let wrong = wrongLosses.reduce(0) { $0 + PortableMath.exp(-$1) }
    return right / (right + wrong + guardTerm)
  }
}
