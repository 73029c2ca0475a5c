package import LanguageModels
import Tensors

/// Trains by gradient descent on text, as `FineTuning` says, with a retain loss.
package protocol FineTuner {
  var training: FineTuning { get }
  var retain: RetainLoss { get }

  /// The targets of forget text that count, of those that `training.loss` leaves; default: all of them.
  func counted(_ batch: NextTokenBatch) -> NextTokenBatch
  /// The loss on a batch of forget text, as its share in the step's mean.
  func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind
  /// Whether there is a loss on retain text; default: whether `retain` has one.
  var retains: Bool { get }
  /// The loss on a batch of retain text, as its share in the step's mean; nil for none. Default: that of `retain`.
  func retained(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind?
  /// What steps depend on besides their number; default: nothing.
  func adaptation(_ course: TrainingCourse) -> UnlearningProgram.Adaptation?
}

/// An unlearning method that does.
package protocol FineTuningMethod: UnlearningMethod, FineTuner {}

/// What the losses of a step depend on besides their own batch.
package struct StepFacts {
  /// Predictions that count, in all of the step's batches: a mean loss divides by it.
  package let predictions: Double
  /// Sequences in all of the step's batches.
  package let sequences: Int
  /// Counted from 0.
  package let index: Int
  /// What the method's adaptation found.
  package let found: [Double]
  private let batches: [NextTokenBatch]

  init(_ batches: [NextTokenBatch], index: Int, found: [Double]) {
    self.batches = batches
    self.index = index
    self.found = found
    predictions = batches.reduce(0) { $0 + $1.totalWeight }
    sequences = batches.reduce(0) { $0 + $1.input.sequences.count }
  }

  /// Tokens that count, the first and last of each sequence among them.
  package var tokens: Double { batches.reduce(0) { $0 + $1.whole.totalWeight } }
}

/// The course of a run, for what a method measures on its way.
package struct TrainingCourse {
  package let stepsPerEpoch: Int
  /// Retain text of a step.
  package let retained: (_ step: Int) -> [NextTokenBatch]
}

extension FineTuner {
  package func counted(_ batch: NextTokenBatch) -> NextTokenBatch { batch }
  package var retains: Bool { retain.kind != .none }
  package func retained(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind? {
    retain.term(batch, total: step.predictions)
  }
  package func adaptation(_ course: TrainingCourse) -> UnlearningProgram.Adaptation? { nil }
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
    let adaptation = adaptation(
      TrainingCourse(stepsPerEpoch: forget.stepsPerEpoch) { step in
        retained.cycledBatches(step: step, count: forget.batchCount(step: step))
      })
    return UnlearningProgram(
      trainable: training.trainable, optimizer: training.optimizerSettings,
      computeType: training.computeType, schedule: training.learningRates(steps: steps),
      clipping: training.gradientClipping,
      steps: steps, step: { step($0, forget, retained, job, found: $1) },
      need: need(forget, retained, found: adaptation?.start ?? []), adaptation: adaptation,
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

  private func need(
    _ forget: DocumentOrder, _ retained: DocumentOrder, found: [Double]
  ) -> TrainingNeed {
    let none = NextTokenBatch([])
    let facts = StepFacts([none], index: 0, found: found)
    let terms = [self.forget(none, in: facts), self.retained(none, in: facts)]
      .compactMap(\.self).map { LossTerm($0) }
    let depths = terms.compactMap(\.depth)
    return TrainingNeed(
      tokens: max(
        forget.mostTokens(isCycled: false), retains ? retained.mostTokens(isCycled: true) : 0),
      longest: max(forget.longest, retains ? retained.longest : 0),
      depth: depths.count == terms.count ? depths.max() : nil,
      usesBase: terms.contains(where: \.usesBase),
      keptStates: terms.map(\.keptStates).max() ?? 0)
  }

  private func step(
    _ index: Int, _ forgetOrder: DocumentOrder, _ retainOrder: DocumentOrder,
    _ job: UnlearningJob, found: [Double]
  ) -> UnlearningProgram.Step {
    let forgotten = forgetOrder.batches(step: index).map(counted)
    let kept = retains ? retainOrder.cycledBatches(step: index, count: forgotten.count) : []
    let forgetFacts = StepFacts(forgotten, index: index, found: found)
    let retainFacts = StepFacts(kept, index: index, found: found)
    let seeds = job.random.child(named: "dropout/\(index)")
    return UnlearningProgram.Step(
      // A batch holds documents of any.
      domain: job.forget.map(\.name).joined(separator: ", "),
      forget: forgotten.enumerated().map { place, batch in
        LossTerm(
          forget(batch, in: forgetFacts),
          dropoutSeed: seeds.child(named: "forget/\(place)").seed)
      },
      retain: kept.enumerated().compactMap { place, batch in
        retained(batch, in: retainFacts).map {
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
    guard !retains || !retainOrder.isEmpty else {
      throw UnlearningError.noText(part: job.name, corpus: "retain")
    }
    try job.checkTokens()
    let longest = max(forgetOrder.longest, retains ? retainOrder.longest : 0)
    try job.configuration.requireLength(longest)
    return (forgetOrder, retainOrder)
  }
}

extension FineTuning {
  /// Training as in open-unlearning's experiments on TOFU: the same, with the gradient's norm at most 1.
  static func ofOpenUnlearning(epochs: Int) -> FineTuning {
    var training = ofTOFU(epochs: epochs)
    training.gradientClipping = 1
    return training
  }

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
