import Formats
package import LanguageModels

/// Weighted gradient ascent: raises the loss of each token of the forget text the more, the likelier the token is.
///
///     L = −mean over tokens of p^β · (−log p), p^β without a gradient
///
/// - Paper: Wang et al. 2025, "Rethinking LLM Unlearning Objectives", https://arxiv.org/abs/2502.19301
/// - Deviations: none from open-unlearning's code in the loss, a mean over tokens with weights of 1 on both sides. At
///   β = 0 it is `gradient_difference`.
package struct WGA: FineTuningMethod {
  package static let card = MethodCard(
    name: "wga", title: "WGA", reference: "https://arxiv.org/abs/2502.19301",
    summary: "Gradient ascent in which tokens that are likely still count most; with retain text.")

  package static let presets = [
    SettingsPreset(
      name: "paper-llama2", summary: "the paper's runs on Llama-2-7B: batches of 16",
      settings: "training: {batchSize: 4, accumulation: 4, learningRate: 1e-5}"),
    SettingsPreset(
      name: "paper-phi", summary: "the paper's runs on Phi-1.5: batches of 16, a rate of 2e-5",
      settings: "training: {batchSize: 4, accumulation: 4, learningRate: 2e-5}"),
  ]

  /// Exponent of a token's probability (*β*), unitless.
  package var beta = 1.0
  package var retain = RetainLoss(.nextToken)
  package var training = FineTuning()

  package init() {
    training = .ofOpenUnlearning(epochs: 5)
  }

  package static let ranges: [String: SettingRange] = ["beta": .from(0, to: 1e30)]

  package func validate() throws {
    try training.validate()
  }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .reweighted(batch, scale: -1 / step.predictions) { power($0, beta) }
  }
}

/// `base` to the power of `exponent`, for a base and an exponent of 0 or more; 0⁰ is 1.
func power(_ base: Double, _ exponent: Double) -> Double {
  guard base > 0 else { return exponent == 0 ? 1 : 0 }
  return PortableMath.power(base, exponent)
}
