package import LanguageModels

/// Direct preference optimisation of given alternates over the forget text.
///
///     L = −(2/β) · mean over documents of log σ(β·(Δ(alternate) − Δ(text))),   Δ = log π − log π_base
///
/// With refusals as alternates it is TOFU's preference optimisation with a reference, with plausible other answers
/// AltPO's. A document's alternate stands in a column of its row.
///
/// - Papers: Rafailov et al. 2023, "Direct Preference Optimization", https://arxiv.org/abs/2305.18290; Mekala et al.
///   2024, "Alternate Preference Optimization", https://arxiv.org/abs/2409.13474
/// - Deviations: none from open-unlearning's code in the loss. Alternates are data: AltPO has the model itself write
///   five for each question; a row each, with the same prompt and text, gives the same loss.
package struct DPO: FineTuningMethod {
  package static let card = MethodCard(
    name: "dpo", title: "DPO", reference: "https://arxiv.org/abs/2409.13474",
    summary: "Prefers alternates from a column of the forget data to the forget text (DPO, AltPO).")

  /// Inverse temperature (*β*), unitless.
  package var beta = 0.1
  /// Column of the forget data with the text, or after a prompt the completion, to be preferred.
  package var alternate = "alternate"
  package var retain = RetainLoss(.nextToken)
  package var training = FineTuning()

  package var alternateColumn: String? { alternate }

  package init() {
    training = .ofOpenUnlearning(epochs: 10)
  }

  package static let ranges: [String: SettingRange] = ["beta": .above(0, to: 1e30)]

  package func validate() throws {
    try requireSetting(!alternate.isEmpty, "alternate", alternate, "the name of a column")
    try training.validate()
  }

  package func plan(_ job: UnlearningJob) throws -> UnlearningPlan {
    guard job.forget.allSatisfy({ $0.alternates != nil }) else {
      throw UnlearningError.noAlternates(part: job.name)
    }
    return .training(try program(job))
  }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .pairs(batch, count: step.sequences / 2, loss: loss)
  }

  /// With x = β·(Δ(alternate) − Δ(text)): (2/β)·log(1 + e^(−x)), and its derivatives, ±2·σ(−x).
  func loss(
    _ text: SequenceLikelihood, _ alternate: SequenceLikelihood
  ) -> (value: Double, slopes: (Double, Double)) {
    let x =
      beta
      * ((alternate.logLikelihood - alternate.baseLogLikelihood)
        - (text.logLikelihood - text.baseLogLikelihood))
    let slope = 2 * sigmoid(-x)
    return (2 / beta * softplus(-x), (slope, -slope))
  }
}
