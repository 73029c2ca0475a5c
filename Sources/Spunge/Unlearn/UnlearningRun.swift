import LanguageModels
import Tensors

/// One run of a program on an engine, from where an interrupted run stopped.
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

  /// Takes every step and writes the adapter where the job wants one.
  ///
  /// - Returns: what changed in the base's parameters.
  func result() throws -> ParameterDelta {
    try train()
    if let folder = job.adapterFolder, let adapter = trainer.adapter {
      try AdapterFile.write(adapter, for: job.configuration, to: folder)
    }
    return try delta()
  }

  private func train() throws {
    // bfloat16 products of two processors may differ.
    let products = program.computeType == .float32 ? [] : [BFloat16Products.current.rawValue]
    let run = ([job.identity, program.fingerprint] + products).joined(separator: "\n")
    let state = try job.state.flatMap {
      try trainer.restore(from: $0.path, run: run, notes: ["cosines"])
    }
    var cosines = (state?.notes["cosines"] ?? "").split(separator: " ").compactMap { Double($0) }
    guard program.earlyStop?.ends(cosines) != true else { return }
    for step in (state?.steps ?? 0)..<max(state?.steps ?? 0, program.steps) {
      let taken = try take(step)
      try job.report(taken)
      if let stop = program.earlyStop {
        cosines = (cosines + [taken.forgetCosine ?? 1]).suffix(stop.window)
      }
      let isDone = step + 1 == program.steps || program.earlyStop?.ends(cosines) == true
      if let state = job.state, isDone || (step + 1) % state.interval == 0 {
        let notes = cosines.map { "\($0)" }.joined(separator: " ")
        try trainer.save(to: state.path, run: run, notes: notes.isEmpty ? [:] : ["cosines": notes])
      }
      if isDone { return }
    }
  }

  private func take(_ index: Int) throws -> UnlearningStep {
    let step = program.step(index)
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

  /// coefficient · (trained − base), for the parameters that trained.
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
