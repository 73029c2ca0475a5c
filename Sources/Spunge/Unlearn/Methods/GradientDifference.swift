package import LanguageModels

/// Gradient difference: raises the loss of the forget text while lowering that of the retain text.
///
/// - Papers: Liu, Liu & Stone 2022, "Continual Learning and Private Unlearning",
///   https://arxiv.org/abs/2203.12817; Maini et al. 2024, "TOFU", https://arxiv.org/abs/2401.06121 (its
///   L_diff = −L(forget) + L(retain))
/// - Deviations: none from TOFU's code, whose losses are means over tokens with weights of 1; `forgetWeight` and
///   `retain.weight` generalise it.
package struct GradientDifference: FineTuningMethod {
  package static let card = MethodCard(
    name: "gradient_difference", title: "Gradient difference",
    reference: "https://arxiv.org/abs/2401.06121",
    summary: "Raises the next-token loss of the forget text, lowers that of the retain text.")

  /// Factor on the forget loss, unitless.
  package var forgetWeight = 1.0
  package var retain = RetainLoss(.nextToken)
  package var training = FineTuning()

  package init() {
    training = .ofTOFU(epochs: 5)
  }

  package static let ranges: [String: SettingRange] = ["forgetWeight": .from(0, to: 1e30)]

  package func validate() throws {
    try requireSetting(
      retain.kind != .none, "retain.kind", retain.kind.rawValue,
      "a loss; without one this is gradient_ascent")
    try training.validate()
  }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .nextToken(batch, scale: -forgetWeight / step.predictions)
  }
}
