package import LanguageModels

/// Cross-entropy unlearning: draws the model to its own predictions without the forget text's next token.
///
///     L = mean over tokens of the cross entropy to softmax(z), z the model's own logits with the next token's at −∞
///
/// - Paper: Yang 2025, "CE-U: Cross Entropy Unlearning", https://arxiv.org/abs/2503.01224
/// - Deviations: the first tokens that are skipped are those that `training.loss` counts: of texts without a prompt the
///   second token, where open-unlearning's code skips the first, which nothing predicts. The rate and the epochs are
///   open-unlearning's.
package struct CEU: FineTuningMethod {
  package static let card = MethodCard(
    name: "ceu", title: "CE-U", reference: "https://arxiv.org/abs/2503.01224",
    summary: "Draws the model to its own predictions with the forget text's next tokens ruled out.")

  /// First tokens of each text, or after a prompt of the completion, that do not count.
  package var skippedTokens = 1
  package var retain = RetainLoss()
  package var training = FineTuning()

  package init() {
    training = .ofOpenUnlearning(epochs: 10)
  }

  package static let ranges: [String: SettingRange] = ["skippedTokens": .from(0, to: 16_777_216)]

  package func validate() throws {
    try training.validate()
  }

  package func counted(_ batch: NextTokenBatch) -> NextTokenBatch { batch.skipping(skippedTokens) }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .softTargets(
      batch, scale: step.predictions > 0 ? 1 / step.predictions : 0,
      SoftTarget(source: .model, lowering: .infinity))
  }
}
