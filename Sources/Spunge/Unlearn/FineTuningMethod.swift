package import LanguageModels
import Tensors

/// Trains by gradient descent on text, as `FineTuning` says, with a retain loss.
package protocol FineTuner {
  var training: FineTuning { get }
  var retain: RetainLoss { get }

  /// The loss on a batch of forget text, weighted by its share in the step's mean.
  func forget(_ batch: NextTokenBatch, in step: StepTotals) -> LossTerm.Kind
}

/// An unlearning method that does.
package protocol FineTuningMethod: UnlearningMethod, FineTuner {}

/// Totals over a step's batches, by which a mean loss divides.
package struct StepTotals {
  /// Number of target tokens.
  package let predictions: Double
  /// Number of sequences.
  package let sequences: Int

  init(_ batches: [NextTokenBatch]) {
    predictions = batches.reduce(0) { $0 + $1.totalWeight }
    sequences = batches.reduce(0) { $0 + $1.input.sequences.count }
  }
}

extension FineTuningMethod {
  package func plan(_ job: UnlearningJob) throws -> UnlearningPlan {
    .training(try program(job))
  }
}

extension FineTuner {
  func program(_ job: UnlearningJob) throws -> UnlearningProgram {
    let (forget, retained) = try orders(job)
    let steps = forget.steps
    return UnlearningProgram(
      trainable: training.trainable, optimizer: training.optimizerSettings,
      computeType: training.computeType, schedule: training.learningRates(steps: steps),
      clipping: training.gradientClipping,
      steps: steps, step: { step($0, forget, retained, job) },
      need: need(forget, retained),
      fingerprint: [
        try training.resolvedYAML(), try retain.resolvedYAML(), "\(job.random.seed)",
        "\(forget.fingerprint)", "\(retained.fingerprint)",
      ].joined(separator: "\n"),
      remedies: (
        memory:
          "lower training.batchSize or training.maximumTokens (training.accumulation keeps the size "
          + "of a step), or train fewer parameters",
        divergence: "lower training.learningRate or set training.gradientClipping"
      ))
  }

  private func need(_ forget: DocumentOrder, _ retained: DocumentOrder) -> TrainingNeed {
    let none = NextTokenBatch([])
    let kinds = [self.forget(none, in: StepTotals([none])), retain.term(none, total: 1)]
    let retains = retain.kind != .none
    return TrainingNeed(
      tokens: max(
        forget.mostTokens(isCycled: false), retains ? retained.mostTokens(isCycled: true) : 0),
      longest: max(forget.longest, retains ? retained.longest : 0),
      usesBase: kinds.compactMap(\.self).contains { LossTerm($0).usesBase })
  }

  private func step(
    _ index: Int, _ forgetOrder: DocumentOrder, _ retainOrder: DocumentOrder, _ job: UnlearningJob
  ) -> UnlearningProgram.Step {
    let forgotten = forgetOrder.batches(step: index)
    let kept =
      retain.kind == .none
      ? [] : retainOrder.cycledBatches(step: index, count: forgotten.count)
    let (forgetTotals, retainTotals) = (StepTotals(forgotten), StepTotals(kept))
    let seeds = job.random.child(named: "dropout/\(index)")
    return UnlearningProgram.Step(
      // A batch holds documents of any.
      domain: job.forget.map(\.name).joined(separator: ", "),
      forget: forgotten.enumerated().map { place, batch in
        LossTerm(
          forget(batch, in: forgetTotals),
          dropoutSeed: seeds.child(named: "forget/\(place)").seed)
      },
      retain: kept.enumerated().compactMap { place, batch in
        retain.term(batch, total: retainTotals.predictions).map {
          LossTerm($0, dropoutSeed: seeds.child(named: "retain/\(place)").seed)
        }
      },
      tokens: (forgotten + kept).reduce(0) { $0 + $1.targets.count })
  }

  /// The documents of a run, after all checks that are possible before it starts.
  private func orders(
    _ job: UnlearningJob
  ) throws -> (forget: DocumentOrder, retain: DocumentOrder) {
    let layers = job.configuration.layerCount
    if retain.kind == .hiddenState, retain.layer >= layers {
      throw UnlearningError.layerOutOfRange(retain.layer, count: layers)
    }
    try training.trainable.check(job.configuration)
    let endID = job.configuration.endIDs.first.map { Int32(truncatingIfNeeded: $0) }
    guard endID != nil || !training.appendEnd else { throw UnlearningError.noEndToken }
    let order = { (corpora: [TokenCorpus], name: String) in
      DocumentOrder(
        corpora, training, endID: endID, random: job.random.child(named: "order/\(name)"))
    }
    let (forgetOrder, retainOrder) = (order(job.forget, "forget"), order(job.retain, "retain"))
    guard !forgetOrder.isEmpty else {
      throw UnlearningError.noText(part: job.name, corpus: "forget")
    }
    guard retain.kind == .none || !retainOrder.isEmpty else {
      throw UnlearningError.noText(part: job.name, corpus: "retain")
    }
    try job.checkTokens()
    return (forgetOrder, retainOrder)
  }
}

extension FineTuning {
  /// Training as in TOFU's unlearning baselines (Maini et al. 2024) and the code of NPO and SimNPO after it: every
  /// parameter, AdamW, batches of 32, the learning rate rising for one epoch and falling to zero.
  static func ofTOFU(epochs: Int) -> FineTuning {
    var training = FineTuning()
    training.parameters = .full
    training.epochs = epochs
    training.warmupShare = 1 / Double(epochs)
    training.learningRate = 1e-5
    training.weightDecay = 0.01
    training.schedule = .linear
    training.accumulation = 8
    return training
  }
}
