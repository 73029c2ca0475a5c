import Formats
import Foundation
package import LanguageModels

/// Negative preference optimisation.
///
///     L = (2/β) · mean over sequences of log(1 + (π(y)/π_base(y))^β)
///
/// - Paper: Zhang et al. 2024, "Negative Preference Optimization", https://arxiv.org/abs/2404.05868, equation 3
/// - Deviations: none from the authors' code in the loss (β, the sum over a text's tokens, the mean over texts).
///   The likelihoods are of the whole text where a row has no prompt; the default is the paper's NPO without a
///   retain loss, the presets are its NPO+RT and NPO+KL.
package struct NPO: FineTuningMethod {
  package static let card = MethodCard(
    name: "npo", title: "NPO", reference: "https://arxiv.org/abs/2404.05868",
    summary:
      "Lowers the likelihood of the forget text relative to the base, with bounded gradients.")

  package static let presets = [
    SettingsPreset(
      name: "npo-rt", summary: "NPO+RT: with the next-token loss of retain text",
      settings: "retain: {kind: next_token, weight: 1}"),
    SettingsPreset(
      name: "npo-kl", summary: "NPO+KL: with the divergence from the base on retain text",
      settings: "retain: {kind: divergence, weight: 1}"),
  ]

  /// Inverse temperature (*β*), unitless.
  package var beta = 0.1
  package var retain = RetainLoss()
  package var training = FineTuning()

  package init() {
    training = .ofTOFU(epochs: 10)
  }

  package static let ranges: [String: SettingRange] = ["beta": .above(0, to: 1e30)]

  package func validate() throws {
    try training.validate()
  }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .sequences(batch, count: step.sequences, usesBase: true, loss: loss)
  }

  /// (2/β)·log(1 + e^(βΔ)), Δ = log π − log π_base, and its derivative 2·σ(βΔ).
  func loss(_ sequence: SequenceLikelihood) -> (value: Double, slope: Double) {
    let x = beta * (sequence.logLikelihood - sequence.baseLogLikelihood)
    return (2 / beta * softplus(x), 2 * sigmoid(x))
  }
}

/// log(1 + e^x) without overflow.
func softplus(_ x: Double) -> Double { max(x, 0) + PortableMath.log1p(PortableMath.exp(-abs(x))) }

/// 1 / (1 + e^(−x)).
func sigmoid(_ x: Double) -> Double { 1 / (1 + PortableMath.exp(-x)) }
