import LanguageModels
import Tensors

/// Runs a program on an engine, resuming an interrupted run.
struct UnlearningRun {
  private let program: UnlearningProgram
  private let job: UnlearningJob
  private let trainer: any TrainableLM

  init(_ program: UnlearningProgram, _ job: UnlearningJob) throws {
    self.program = program
    self.job = job
    trainer = try job.engine.trainer(
      TrainingSetup(
        configuration: job.configuration, base: job.base, trainable: program.trainable,
        optimizer: program.optimizer, schedule: program.schedule, steps: program.steps,
        clipping: program.clipping, random: job.random.child(named: "factors"),
        memory: job.memory, computeType: program.computeType))
  }

  /// Runs all steps and writes the adapter if the job asks for one.
  ///
  /// - Returns: the changes to the base's parameters.
  func result() throws -> ParameterDelta {
    try train()
    if let folder = job.adapterFolder, let adapter = trainer.adapter {
      try AdapterFile.write(adapter, for: job.configuration, to: folder)
    }
    return try delta()
  }

  private func train() throws {
    // bfloat16 products may differ between processors.
    let products = program.computeType == .float32 ? [] : [BFloat16Products.current.rawValue]
    let run = ([job.identity, program.fingerprint] + products).joined(separator: "\n")
    let state = try job.state.flatMap {
      try trainer.restore(
        from: $0.path, run: run,
        notes: Set(["cosines"] + [program.adaptation?.note].compactMap(\.self)))
    }
    var cosines = Self.numbers(state?.notes["cosines"])
    var found = program.adaptation?.start ?? []
    if let state, let adaptation = program.adaptation {
      found = Self.numbers(state.notes[adaptation.note])
    }
    guard program.earlyStop?.ends(cosines) != true else { return }
    for step in (state?.steps ?? 0)..<max(state?.steps ?? 0, program.steps) {
      let taken = try take(step, &found)
      try job.report(taken)
      if let stop = program.earlyStop {
        cosines = (cosines + [taken.forgetCosine ?? 1]).suffix(stop.window)
      }
      let isDone = step + 1 == program.steps || program.earlyStop?.ends(cosines) == true
      if let state = job.state, isDone || (step + 1) % state.interval == 0 {
        var notes = ["cosines": Self.text(cosines)]
        if let adaptation = program.adaptation { notes[adaptation.note] = Self.text(found) }
        try trainer.save(to: state.path, run: run, notes: notes.filter { !$0.value.isEmpty })
      }
      if isDone { return }
    }
  }

  private static func text(_ numbers: [Double]) -> String {
    numbers.map { "\($0)" }.joined(separator: " ")
  }

  private static func numbers(_ text: String?) -> [Double] {
    (text ?? "").split(separator: " ").compactMap { Double($0) }
  }

  /// - Parameter found: what the run's adaptation found, before the step and then after it.
  private func take(_ index: Int, _ found: inout [Double]) throws -> UnlearningStep {
    guard let adaptation = program.adaptation else { return try take(index, found: []) }
    let loss = try meanLoss(adaptation.measured(index, found))
    if let loss { found = adaptation.before(found, loss) }
    let taken = try take(index, found: found)
    found = adaptation.after(taken, found, loss)
    return taken
  }

  /// In nats a token; nil for no text.
  private func meanLoss(_ batches: [NextTokenBatch]) throws -> Double? {
    let weight = batches.reduce(0) { $0 + $1.totalWeight }
    guard weight > 0 else { return nil }
    return try batches.reduce(0) { try $0 + trainer.loss(of: $1) } / weight
  }

  private func take(_ index: Int, found: [Double]) throws -> UnlearningStep {
    let step = program.step(index, found)
    let measured: TrainingStep
    do {
      measured = try trainer.step(step.forget + step.retain)
      try trainer.requireFiniteParameters()
    } catch TrainingError.nonFinite(let number, let quantity, let value) {
      throw UnlearningError.nonFinite(
        part: job.name, step: number, quantity: quantity, value: value,
        remedy: program.remedies.divergence)
    }
    let count = step.forget.count
    let (forget, retain) = (
      measured.states.prefix(count).compactMap(\.self).first,
      measured.states.dropFirst(count).compactMap(\.self).first
    )
    return UnlearningStep(
      step: index, steps: program.steps, domain: step.domain,
      forgetLoss: measured.values.prefix(count).reduce(0, +),
      retainLoss: measured.values.dropFirst(count).reduce(0, +), forgetCosine: forget?.cosine,
      retainCosine: retain?.cosine, forgetNorm: forget?.norm, frozenForgetNorm: forget?.baseNorm,
      retainNorm: retain?.norm, frozenRetainNorm: retain?.baseNorm,
      steeringNorm: step.steeringNorm, gradientNorm: measured.gradientNorm,
      learningRate: measured.learningRate, tokens: step.tokens)
  }

  /// coefficient · (trained − base), for the trained parameters.
  private func delta() throws -> ParameterDelta {
    if let adapter = trainer.adapter {
      return ParameterDelta(
        name: job.name, checkpoint: try adapter.delta(coefficient: program.coefficient))
    }
    let difference = try ParameterDelta(
      name: job.name, base: job.base, tuned: trainer.trainedTensors)
    guard program.coefficient != 1 else { return difference }
    return ParameterDelta(
      name: job.name,
      checkpoint: ScaledCheckpoint(difference.checkpoint, by: Float(program.coefficient)))
  }
}
