package import LanguageModels

/// Constrained entropic unlearning by a primal-dual method.
///
/// Flattens the logits of forget text while the loss of retain text stays below a limit; the weight of the latter is the
/// constraint's dual variable and rises while the limit is exceeded:
///
///     L = mean over tokens of (max z − mean z)² + α·(retain loss − ε),   α ← max(0, α + η·(retain loss − ε))
///
/// - Paper: Entesari et al. 2025, "Constrained Entropic Unlearning", https://arxiv.org/abs/2506.05314
/// - Deviations: none known in the forget loss: as in the authors' code, the logits that count are those *at* the tokens
///   that count, which predict the tokens behind them; a text's first token counts where its second does. The constant
///   −α·ε is left out of the logged loss. With `epoch`, the retain text of the epoch that ended is measured, as a mean
///   over tokens (theirs is drawn anew, and a mean over batches). The retain loss is that of next tokens only.
package struct PDU: FineTuningMethod {
  package enum DualUpdate: String, SettingsChoice {
    /// α stays.
    case none
    /// After each step, by the retain loss of its batch.
    case step
    /// After each epoch, by the retain loss of its text.
    case epoch
  }

  package static let card = MethodCard(
    name: "pdu", title: "PDU", reference: "https://arxiv.org/abs/2506.05314",
    summary: "Flattens the logits of forget text while the loss of retain text stays below a limit."
  )

  package static let presets = [
    SettingsPreset(
      name: "tofu",
      summary: "the authors' runs on TOFU with Llama-3.2: limit 0.3, weight 100, steps of 5",
      settings: "{retainWeight: 100, retainLimit: 0.3, dualStep: 5}")
  ]

  /// Weight of the retain loss at the start (*α*), unitless.
  package var retainWeight = 1.0
  /// Largest retain loss that is allowed (*ε*), in nats a token; somewhat above the base's loss is sensible.
  package var retainLimit = 0.0
  /// How much the weight changes for each nat above the limit (*η*).
  package var dualStep = 1.0
  package var dualUpdate = DualUpdate.step
  /// Epochs in which the weight stays.
  package var dualWarmupEpochs = 5
  package var training = FineTuning()

  package init() {
    training = .ofOpenUnlearning(epochs: 10)
  }

  package static let ranges: [String: SettingRange] = [
    "retainWeight": .from(0, to: 1e30), "retainLimit": .from(0, to: 1e30),
    "dualStep": .from(0, to: 1e30), "dualWarmupEpochs": .from(0, to: 1e6),
  ]

  package func validate() throws {
    try training.validate()
  }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .flatness(batch.whole, scale: 1 / step.tokens)
  }

  package var retain: RetainLoss { RetainLoss(.nextToken, weight: retainWeight) }

  package func retained(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind? {
    let weight = step.found[0]
    return weight == 0
      ? nil : RetainLoss(.nextToken, weight: weight).term(batch, total: step.predictions)
  }

  /// The dual variable.
  package func adaptation(_ course: TrainingCourse) -> UnlearningProgram.Adaptation? {
    var adaptation = UnlearningProgram.Adaptation(note: "retainWeight", start: [retainWeight])
    func changed(_ found: [Double], _ loss: Double) -> [Double] {
      [max(0, found[0] + dualStep * (loss - retainLimit))]
    }
    let warmup = dualWarmupEpochs
    switch dualUpdate {
    case .none: break
    case .step:
      // A retain loss that weighs nothing is not part of the step, so it is measured beside it.
      adaptation.measured = { step, found in
        step / course.stepsPerEpoch >= warmup && found[0] == 0 ? course.retained(step) : []
      }
      adaptation.after = { step, found, loss in
        guard step.step / course.stepsPerEpoch >= warmup else { return found }
        return changed(found, loss ?? step.retainLoss / found[0])
      }
    case .epoch:
      adaptation.measured = { step, _ in
        let epoch = step / course.stepsPerEpoch
        guard step % course.stepsPerEpoch == 0, epoch >= max(1, warmup) else { return [] }
        return (step - course.stepsPerEpoch..<step).flatMap(course.retained)
      }
      adaptation.before = changed
    }
    return adaptation
  }
}
