package import LanguageModels

/// Simple negative preference optimisation: NPO without a reference model, normalised by length.
///
///     L = −(2/β) · mean over sequences of log σ(−(β/|y|)·log π(y) − γ)
///
/// - Paper: Fan et al. 2024, "Simplicity Prevails: Rethinking Negative Preference Optimization for LLM
///   Unlearning", https://arxiv.org/abs/2410.07163
/// - Deviations: γ is the paper's; the authors' code multiplies it by β too, which makes no difference at their
///   γ = 0. Their weights are on the forget loss, ours on the retain loss: under Adam only the ratio counts, so
///   the presets give its inverse. The likelihoods are of the whole text where a row has no prompt; no loss
///   on retain text unless `retain` asks for it.
package struct SimNPO: FineTuningMethod {
  package static let card = MethodCard(
    name: "simnpo", title: "SimNPO", reference: "https://arxiv.org/abs/2410.07163",
    summary: "Lowers the length-normalised likelihood of the forget text; needs no reference model."
  )

  package static let presets = [
    SettingsPreset(
      name: "tofu-forget05", summary: "the authors' run on TOFU's forget05: forget weight 0.1375",
      settings: "{beta: 2.5, retain: {kind: next_token, weight: 7.2727}}"),
    SettingsPreset(
      name: "tofu-forget10", summary: "the authors' run on TOFU's forget10: forget weight 0.125",
      settings: "{beta: 4.5, retain: {kind: next_token, weight: 8}}"),
  ]

  /// Inverse temperature (*β*), unitless.
  package var beta = 2.5
  /// Reward margin (*γ*), in nats per token times β.
  package var gamma = 0.0
  package var retain = RetainLoss()
  package var training = FineTuning()

  package init() {
    training = .ofTOFU(epochs: 10)
  }

  package static let ranges: [String: SettingRange] = [
    "beta": .above(0, to: 1e30), "gamma": .finite,
  ]

  package func validate() throws {
    try training.validate()
  }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .sequences(batch, count: step.sequences, usesBase: false, loss: loss)
  }

  /// With z = −(β/|y|)·log π − γ: −(2/β)·log σ(z), and its derivative by log π, (2/|y|)·σ(−z).
  func loss(_ sequence: SequenceLikelihood) -> (value: Double, slope: Double) {
    let z = -beta / sequence.length * sequence.logLikelihood - gamma
    return (2 / beta * softplus(-z), 2 / sequence.length * sigmoid(-z))
  }
}
