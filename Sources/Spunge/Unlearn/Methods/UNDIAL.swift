package import LanguageModels

/// Unlearning by self-distillation with adjusted logits.
///
///     L = mean over tokens of the cross entropy to softmax(z − β·onehot(next token)), z the base's logits
///
/// - Paper: Dong et al. 2024, "UNDIAL", https://arxiv.org/abs/2402.10052
/// - Deviations: a mean over the tokens that `training.loss` counts, whose own next tokens are lowered. The code of
///   open-unlearning averages over prompts and padding too, and lowers there the logit of an unrelated token, since it
///   takes the label −100 for an index from the end. β, the rate and the epochs are open-unlearning's.
package struct UNDIAL: FineTuningMethod {
  package static let card = MethodCard(
    name: "undial", title: "UNDIAL", reference: "https://arxiv.org/abs/2402.10052",
    summary:
      "Distils the base's own predictions with the forget text's next tokens made less likely.")

  package static let presets = [
    SettingsPreset(
      name: "paper", summary: "the paper's adapter: rank 8, alpha 16, on PEFT's default modules",
      settings: "training: {parameters: lora, rank: 8, alpha: 16, learningRate: 1e-4}")
  ]

  /// What is taken off the logit of the forget text's next token (*β*), in nats.
  package var beta = 10.0
  package var retain = RetainLoss()
  package var training = FineTuning()

  package init() {
    training = .ofOpenUnlearning(epochs: 10)
    training.learningRate = 1e-4
  }

  package static let ranges: [String: SettingRange] = ["beta": .from(0, to: 1e30)]

  package func validate() throws {
    try training.validate()
  }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .softTargets(
      batch, scale: 1 / step.predictions, SoftTarget(source: .base, lowering: beta))
  }
}
