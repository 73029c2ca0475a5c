import LanguageModels
import Tensors

/// What a step's batches hold together: a mean loss divides by it.
struct StepTotals {
  /// Predictions that count.
  let predictions: Double
  /// Sequences.
  let sequences: Int

  init(_ batches: [NextTokenBatch]) {
    predictions = batches.reduce(0) { $0 + $1.totalWeight }
    sequences = batches.reduce(0) { $0 + $1.input.sequences.count }
  }
}

/// One run of gradient descent on a forget loss and a retain loss.
final class FineTuningRun {
  /// Runs the network forward and backward on one batch; returns the batch's share of the step's mean.
  typealias ForgetLoss = (LlamaNetwork, NextTokenBatch, AdapterUse, StepTotals) throws -> Double

  private let settings: FineTuning
  private let retain: RetainLoss
  private let job: UnlearningJob
  private let forgetOrder: DocumentOrder
  private let retainOrder: DocumentOrder
  private let training: LlamaTraining
  private let steps: Int

  init(_ settings: FineTuning, retain: RetainLoss = RetainLoss(), _ job: UnlearningJob) throws {
    self.settings = settings
    self.retain = retain
    self.job = job
    (forgetOrder, retainOrder) = try Self.checkedOrders(settings, retain: retain, job)
    let network = try LlamaNetwork(
      configuration: job.configuration, base: job.base, training: settings.trainable,
      random: job.random.child(named: "factors"), memory: job.memory, backend: job.backend)
    steps = forgetOrder.steps
    training = LlamaTraining(
      network, optimizer: settings.optimizerSettings,
      schedule: settings.learningRates(steps: steps), steps: steps,
      clipping: settings.gradientClipping)
  }

  /// The documents of a run, after everything that can be told before it starts has been checked.
  static func checkedOrders(
    _ settings: FineTuning, retain: RetainLoss, _ job: UnlearningJob
  ) throws -> (forget: DocumentOrder, retain: DocumentOrder) {
    let layers = job.configuration.layerCount
    if retain.kind == .hiddenState, retain.layer >= layers {
      throw UnlearningError.layerOutOfRange(retain.layer, count: layers)
    }
    try settings.trainable.check(job.configuration)
    let endID = job.configuration.endIDs.first.map { Int32(truncatingIfNeeded: $0) }
    guard endID != nil || !settings.appendEnd else { throw UnlearningError.noEndToken }
    let order = { (corpora: [TokenCorpus], name: String) in
      DocumentOrder(
        corpora, settings, endID: endID, random: job.random.child(named: "order/\(name)"))
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

  /// Tokens of all batches of a run.
  static func plannedTokens(
    _ settings: FineTuning, retain: RetainLoss, forget: [TokenCorpus], retainCorpora: [TokenCorpus]
  ) -> Int {
    let random = RandomSource(seed: 0)
    let forgetOrder = DocumentOrder(forget, settings, endID: nil, random: random)
    let retainOrder = DocumentOrder(retainCorpora, settings, endID: nil, random: random)
    guard !forgetOrder.isEmpty else { return 0 }
    return plannedTotal(steps: forgetOrder.steps) { step in
      var batches = forgetOrder.batches(step: step)
      if retain.kind != .none, !retainOrder.isEmpty {
        batches += retainOrder.cycledBatches(step: step, count: batches.count)
      }
      return batches.reduce(0) { $0 + $1.targets.count }
    }
  }

  /// Memory that a run needs.
  static func memoryPlan(
    _ settings: FineTuning, retain: RetainLoss, _ configuration: LlamaConfiguration,
    forget: [TokenCorpus], retainCorpora: [TokenCorpus], budget: Int?
  ) throws -> TrainingPlan {
    let random = RandomSource(seed: 0)
    let orders = [forget, retain.kind == .none ? [] : retainCorpora].map {
      DocumentOrder($0, settings, endID: nil, random: random)
    }
    let most = max(
      orders[0].mostTokens(isCycled: false), orders[1].mostTokens(isCycled: true))
    return try TrainingPlan.choose(
      configuration, training: settings.trainable, tokens: most,
      longest: orders.map(\.longest).max() ?? 0, budget: budget)
  }

  /// Takes every step, from where an interrupted run stopped.
  private func train(_ forgetLoss: ForgetLoss) throws {
    let run = try fingerprint()
    let first =
      try job.state.map {
        try TrainingState.restore(training, run: run, from: $0.path)
      } ?? 0
    guard first < steps else { return }
    for step in first..<steps {
      try job.report(try take(step, forgetLoss))
      if let state = job.state, (step + 1) % state.interval == 0 || step + 1 == steps {
        try TrainingState.write(training, run: run, to: state.path)
      }
    }
  }

  /// Takes every step and writes the adapter where the job wants one.
  func finish(_ forgetLoss: ForgetLoss, coefficient: Double = 1) throws -> ParameterDelta {
    try train(forgetLoss)
    if let folder = job.adapterFolder, let adapter { try AdapterFile.write(adapter, to: folder) }
    return try delta(coefficient: coefficient)
  }

  private func take(_ step: Int, _ forgetLoss: ForgetLoss) throws -> UnlearningStep {
    let forget = forgetOrder.batches(step: step)
    let kept =
      retain.kind == .none ? [] : retainOrder.cycledBatches(step: step, count: forget.count)
    let (forgetTotals, retainTotals) = (StepTotals(forget), StepTotals(kept))
    let seeds = job.random.child(named: "dropout/\(step)")
    var (forgetValue, retainValue) = (0.0, 0.0)
    let measured = try training.step { network in
      for (index, batch) in forget.enumerated() {
        let use = AdapterUse.train(seed: seeds.child(named: "forget/\(index)").seed)
        forgetValue += try forgetLoss(network, batch, use, forgetTotals)
      }
      for (index, batch) in kept.enumerated() {
        let use = AdapterUse.train(seed: seeds.child(named: "retain/\(index)").seed)
        retainValue += try retain.add(
          batch, to: network, adapters: use, total: retainTotals.predictions)
      }
      return forgetValue + retainValue
    }
    return UnlearningStep(
      step: step, steps: steps, domain: job.name, forgetLoss: forgetValue, retainLoss: retainValue,
      forgetCosine: nil, retainCosine: nil, gradientNorm: measured.gradientNorm,
      learningRate: measured.learningRate,
      tokens: (forget + kept).reduce(0) { $0 + $1.targets.count })
  }

  /// What the run depends on: a training state of another run is not taken up.
  private func fingerprint() throws -> String {
    [
      job.identity, try settings.resolvedYAML(), try retain.resolvedYAML(), "\(job.random.seed)",
      "\(forgetOrder.fingerprint)", "\(retainOrder.fingerprint)",
    ].joined(separator: "\n")
  }

  /// The low-rank factors as they are now, if such train.
  private var adapter: Adapter? { training.network.adapter() }

  /// coefficient · (trained − base), for the parameters that trained.
  private func delta(coefficient: Double) throws -> ParameterDelta {
    if let adapter {
      return ParameterDelta(
        name: job.name, checkpoint: try adapter.delta(coefficient: coefficient))
    }
    let difference = try ParameterDelta(
      name: job.name, base: job.base, tuned: training.network.trainedTensors)
    guard coefficient != 1 else { return difference }
    return ParameterDelta(
      name: job.name,
      checkpoint: ScaledCheckpoint(difference.checkpoint, by: Float(coefficient)))
  }
}
