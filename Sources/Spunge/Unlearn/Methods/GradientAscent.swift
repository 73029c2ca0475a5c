package import LanguageModels

/// Gradient ascent: minimises the negated next-token loss of the forget text.
///
/// - Paper: Jang et al. 2023, "Knowledge Unlearning for Mitigating Privacy Risks in Language Models",
///   https://arxiv.org/abs/2210.01504, equation 1
/// - Deviations: the loss is a mean over tokens, as in the authors' code (the paper writes a sum); no stopping by
///   extraction likelihood: the number of epochs is a setting. Batches of 4 × 8 texts and the rate of 5e-5 are those of
///   configs/example.json in https://github.com/joeljang/knowledge-unlearning; Adam with β₂ 0.98, no weight decay and
///   a constant rate are those of its models/Neo_Model.py.
package struct GradientAscent: FineTuningMethod {
  package static let card = MethodCard(
    name: "gradient_ascent", title: "Gradient ascent",
    reference: "https://arxiv.org/abs/2210.01504",
    summary: "Raises the next-token loss of the forget text.")

  package static let presets = [
    SettingsPreset(
      name: "tofu", summary: "TOFU's gradient ascent: 1e-5, an epoch of warm-up, then linear decay",
      settings: """
        training: {optimizer: adamw, adamBeta2: 0.999, learningRate: 1e-5, schedule: linear,
          warmupShare: 0.2, weightDecay: 0.01, batchSize: 4, accumulation: 8}
        """),
    SettingsPreset(
      name: "tofu-kl", summary: "the same, held by the divergence from the base on retain text",
      settings: """
        retain: {kind: divergence}
        training: {optimizer: adamw, adamBeta2: 0.999, learningRate: 1e-5, schedule: linear,
          warmupShare: 0.2, weightDecay: 0.01, batchSize: 4, accumulation: 8}
        """),
  ]

  /// Added to the forget loss.
  package var retain = RetainLoss()
  package var training = FineTuning()

  package init() {
    training.parameters = .full
    training.optimizer = .adam
    training.adamBeta2 = 0.98
    training.learningRate = 5e-5
    training.schedule = .constant
    training.epochs = 5
    training.batchSize = 8
    training.accumulation = 4
  }

  package func validate() throws {
    try training.validate()
  }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .nextToken(batch, scale: -1 / step.predictions)
  }
}
