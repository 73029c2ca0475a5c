package import LanguageModels

/// Gradient ascent weighted by saturation and importance: tokens that are neither forgotten yet nor certain count most.
///
///     L = −γ · mean over tokens of p^β₁ · (1 − p)^β₂ · (−log p), the factors without a gradient
///
/// - Paper: Yang et al. 2025, "Exploring Criteria of Loss Reweighting to Enhance LLM Unlearning",
///   https://arxiv.org/abs/2505.11953
/// - Deviations: none from open-unlearning's code in the loss. The weights of forget and retain loss are those of its
///   configuration, 0.1 and 1; the paper's are the other way round, and the preset has them.
package struct SatImp: FineTuningMethod {
  package static let card = MethodCard(
    name: "satimp", title: "SatImp", reference: "https://arxiv.org/abs/2505.11953",
    summary: "Gradient ascent in which tokens half known count most; with retain text.")

  package static let presets = [
    SettingsPreset(
      name: "paper-llama2", summary: "the paper's runs on Llama-2-7B: forgetting counts ten times",
      settings: """
        {forgetWeight: 1, retain: {kind: next_token, weight: 0.1},
          training: {batchSize: 4, accumulation: 4}}
        """)
  ]

  /// Exponent of a token's probability (*β₁*), unitless.
  package var saturation = 5.0
  /// Exponent of what is missing to certainty (*β₂*), unitless.
  package var importance = 1.0
  /// Factor on the forget loss (*γ*), unitless.
  package var forgetWeight = 0.1
  package var retain = RetainLoss(.nextToken)
  package var training = FineTuning()

  package init() {
    training = .ofOpenUnlearning(epochs: 5)
  }

  package static let ranges: [String: SettingRange] = [
    "saturation": .from(0, to: 1e30), "importance": .from(0, to: 1e30),
    "forgetWeight": .from(0, to: 1e30),
  ]

  package func validate() throws {
    try training.validate()
  }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .reweighted(batch, scale: -forgetWeight / step.predictions) {
      power($0, saturation) * power(1 - $0, importance)
    }
  }
}
