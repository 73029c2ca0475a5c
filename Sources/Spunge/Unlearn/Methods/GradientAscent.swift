import LanguageModels

/// Gradient ascent: descends the negated next-token loss of the forget text.
///
/// - Paper: Jang et al. 2023, "Knowledge Unlearning for Mitigating Privacy Risks in Language Models",
///   https://arxiv.org/abs/2210.01504, equation 1
/// - Deviations: the loss is a mean over tokens, not a sum; AdamW with a schedule, where the paper has a constant
///   rate; no stopping by extraction likelihood: the number of steps is a setting.
package struct GradientAscent: FineTuningMethod {
  package static let card = MethodCard(
    name: "gradient_ascent", title: "Gradient ascent",
    reference: "https://arxiv.org/abs/2210.01504",
    summary: "Raises the next-token loss of the forget text.")

  /// Added to the forget loss.
  package var retain = RetainLoss()
  package var training = FineTuning()

  package init() {
    training = .ofTOFU
    training.epochs = 5
    training.learningRate = 5e-5
    training.schedule = .constant
  }

  package func validate() throws {
    try retain.validate()
    try training.validate()
  }

  package func unlearn(_ job: UnlearningJob) throws -> ParameterDelta {
    let run = try FineTuningRun(training, retain: retain, job)
    return try run.finish { network, batch, adapters, totals in
      try network.trainNextToken(batch, scale: -1 / totals.predictions, adapters: adapters)
    }
  }
}
