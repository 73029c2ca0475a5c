import Foundation
import LanguageModels
import Tensors

/// Does to weights what a recipe says, or finds it done.
struct TransformStage {
  private let pipeline: SpungePipeline
  private let book: RunBook
  private let cache: StepCache

  init(_ pipeline: SpungePipeline, book: RunBook) {
    self.pipeline = pipeline
    self.book = book
    cache = StepCache(work: pipeline.paths.work, progress: pipeline.context.progress)
  }

  func apply(_ plans: [TransformPlan], to weights: Weights, row: String) throws -> Weights {
    try plans.reduce(weights) { weights, plan in
      switch plan {
      case .computed(let compute): try compute(weights)
      case .training(let planned): try train(planned, from: weights, row: row)
      }
    }
  }

  private func key(_ planned: PlannedTransform, _ weights: Weights) throws -> StepKey {
    let transform = planned.transform
    var inputs = ["base": weights.digest, "data": planned.digest]
    if planned.program.computeType == .bfloat16 {
      inputs["bfloat16"] = BFloat16Products.current.rawValue
    }
    return StepKey(
      step: transform.card.name, version: transform.card.version,
      settings: "\(try transform.resolvedYAML())seed: \(pipeline.experiment.seed)", inputs: inputs)
  }

  private func train(
    _ planned: PlannedTransform, from weights: Weights, row: String
  ) throws -> Weights {
    let started = ContinuousClock.now
    let key = try key(planned, weights)
    let file = "\(cache.folder(key))/\(ModelOverlay.deltaName)"
    let made = try cache.take(key, resuming: true)
    if let step = made {
      let delta = try delta(planned, from: weights, row: row, folder: step.folder)
      try SafetensorsWriter.write(delta.checkpoint, to: file) { _ in .float32 }
      try step.finish()
    }
    let sum: SumCheckpoint
    do {
      sum = try SumCheckpoint(
        base: weights.checkpoint,
        delta: ParameterDelta(name: key.step, checkpoint: try SafetensorsFile(path: file)))
    } catch {
      throw DamagedStepError(folder: cache.folder(key), cause: error)
    }
    if made != nil { try sum.checkAllFinite() }
    try book.add(
      Manifest.Step(
        name: "\(key.step) / \(row)", key: key.digest, reused: made == nil,
        seconds: (ContinuousClock.now - started) / .seconds(1)))
    return Weights(checkpoint: sum, digest: key.digest, delta: nil, base: nil)
  }

  private func delta(
    _ planned: PlannedTransform, from weights: Weights, row: String, folder: String
  ) throws -> ParameterDelta {
    let context = pipeline.context
    let name = "\(planned.transform.card.name) \(row)"
    let log = try UnlearningLog(folder: folder, progress: context.progress)
    var job = planned.job
    job.name = row
    job.base = weights.checkpoint
    job.report = { step in
      try log.put(step)
      context.progress.report(
        step: name, done: step.step + 1, total: step.steps, unit: "steps")
    }
    job.state = TrainingStateFile(path: log.state, interval: context.stateInterval)
    job.identity = try [
      weights.digest, planned.transform.card.name, planned.transform.resolvedYAML(),
    ].joined(separator: "\n")
    let training = job
    let delta = try TrainingState.startingAnew(context.progress.note) {
      try UnlearningPlan.training(planned.program).run(training)
    }
    try log.finish()
    return delta
  }
}
