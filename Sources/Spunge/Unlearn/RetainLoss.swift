import LanguageModels

/// A loss that preserves the rest of the model while it forgets; added to the forget loss.
package struct RetainLoss: Settings {
  package enum Kind: String, SettingsChoice {
    case none
    /// Next-token cross entropy on retain text.
    case nextToken = "next_token"
    /// KL(base ‖ model) of the next-token distributions on retain text.
    case divergence
    /// Mean squared distance between the hidden states of model and base after `layer`.
    case hiddenState = "hidden_state"
  }

  package var kind = Kind.none
  /// Factor on the retain loss, unitless.
  package var weight = 1.0
  /// For `hidden_state`: layer whose output is preserved, counted from 0.
  package var layer = 7

  package init() {}

  package init(_ kind: Kind, weight: Double = 1) {
    self.kind = kind
    self.weight = weight
  }

  package static let ranges: [String: SettingRange] = [
    "weight": .from(0, to: 1e30), "layer": .from(0, to: 4095),
  ]

  /// The loss on a batch, weighted by its share of `total` predictions; `nil` without retain data.
  func term(_ batch: NextTokenBatch, total: Double) -> LossTerm.Kind? {
    switch kind {
    case .none: nil
    case .nextToken: .nextToken(batch, scale: weight / total)
    case .divergence: .divergenceFromBase(batch, scale: weight / total)
    case .hiddenState:
      .hiddenState(
        batch.input,
        HiddenStateLoss(
          layer: layer, target: .base, weight: weight, tokenWeights: batch.weights, total: total))
    }
  }
}
