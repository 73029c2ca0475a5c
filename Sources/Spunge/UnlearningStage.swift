import Foundation
import LanguageModels
import Tensors

extension SpungePipeline {
  /// Everything that an unlearning run depends on.
  func key(of run: PlannedUnlearning, _ base: StoredModel) throws -> StepKey {
    let method = experiment.unlearning
    var inputs = [
      "base": try context.digests.digest(of: base.directory), "retain": run.retain.digest,
    ]
    for (index, part) in run.parts.enumerated() { inputs["forget\(index)"] = part.digest }
    if run.plan.program?.computeType == .bfloat16 {
      inputs["bfloat16"] = BFloat16Products.current.rawValue
    }
    for file in method.inputFiles {
      inputs["file \(file)"] = try context.digests.digest(of: file)
    }
    return StepKey(
      step: "unlearn/\(run.name)", version: method.card.version,
      settings: "\(method.card.name)\n\(try method.resolvedYAML())seed: \(experiment.seed)",
      inputs: inputs)
  }
}

/// Unlearns parts and merges them, or finds both done.
struct UnlearningStage {
  private let pipeline: SpungePipeline
  private let base: StoredModel
  private let digest: String
  private let book: RunBook
  private let cache: StepCache

  init(_ pipeline: SpungePipeline, base: StoredModel, book: RunBook) throws {
    self.pipeline = pipeline
    self.base = base
    digest = try pipeline.context.digests.digest(of: base.directory)
    self.book = book
    cache = StepCache(work: pipeline.paths.work, progress: pipeline.context.progress)
  }

  /// A variant's weights, before anything is done to them.
  func weights(_ variant: Experiment.Variant, _ runs: [PlannedUnlearning]) throws -> Weights {
    switch variant {
    case .base: Weights(checkpoint: base.directory.checkpoint, digest: digest)
    case .monolithic: try unlearn(runs[0])
    case .spunge, .control: try merge(runs)
    }
  }

  /// Algorithm 1, line 3: unlearns the parts of a run together, one domain each.
  private func unlearn(_ run: PlannedUnlearning) throws -> Weights {
    let method = pipeline.experiment.unlearning
    for file in method.inputFiles {
      try book.add(
        Manifest.Input(
          role: "unlearn", path: file, sha256: try pipeline.context.digests.digest(of: file)))
    }
    let provenance = try Provenance(
      step: "unlearn", method: method, seed: pipeline.experiment.seed,
      inputs: run.parts.map { .init(role: "forget", path: $0.name, sha256: $0.digest) }
        + [.init(role: "retain", path: run.retain.name, sha256: run.retain.digest)])
    return try step(try pipeline.key(of: run, base), provenance, resuming: true) { folder in
      try train(run, folder: folder).checkpoint
    }
  }

  private func train(_ run: PlannedUnlearning, folder: String) throws -> ParameterDelta {
    let (context, method) = (pipeline.context, pipeline.experiment.unlearning)
    let log = try UnlearningLog(folder: folder, progress: context.progress)
    var job = run.job
    job.report = { step in
      try log.put(step)
      context.progress.report(
        step: "unlearn \(run.name)", done: step.step + 1, total: step.steps, unit: "steps")
    }
    job.state = TrainingStateFile(path: log.state, interval: context.stateInterval)
    job.identity = try [digest, method.card.name, method.resolvedYAML()].joined(separator: "\n")
    let training = job
    let delta = try TrainingState.startingAnew(context.progress.note) {
      try run.plan.run(training)
    }
    try log.finish()
    return delta
  }

  /// Algorithm 1, lines 3–5: the parts, each unlearned for itself, as one model.
  private func merge(_ runs: [PlannedUnlearning]) throws -> Weights {
    let parts = try runs.map(unlearn)
    let (method, order) = (pipeline.experiment.merge, pipeline.experiment.mergeOrder)
    var inputs: [String: String] = ["base": digest]
    for (index, part) in parts.enumerated() { inputs["part\(index)"] = part.digest }
    let key = StepKey(
      step: "merge", version: method.card.version,
      settings: "\(method.card.name)\n\(try method.resolvedYAML())order: \(order.rawValue)",
      inputs: inputs)
    let provenance = try Provenance(
      step: "merge", method: method,
      inputs: parts.map {
        .init(role: "part", path: $0.delta?.name ?? "", sha256: $0.digest)
      })
    return try step(key, provenance) { _ in
      try CheckpointMerger(base: base.directory.checkpoint, method: method, order: order)
        .delta(parts.compactMap(\.delta)).checkpoint
    }
  }

  /// The base plus a step's delta, made now or found from before; its folder is an overlay.
  private func step(
    _ key: StepKey, _ provenance: Provenance, resuming: Bool = false,
    make: (_ folder: String) throws -> any Checkpoint
  ) throws -> Weights {
    let started = ContinuousClock.now
    let file = "\(cache.folder(key))/\(ModelOverlay.deltaName)"
    // Another point of a grid may be at work on it in a process of its own.
    let made = try cache.take(key, resuming: resuming)
    let reused = made == nil
    if let step = made {
      try SafetensorsWriter.write(try make(step.folder), to: file) { _ in .float32 }
      try ModelOverlay.write(
        ModelOverlay.Record(
          base: try ModelOverlay.base(base.directory, digests: pipeline.context.digests),
          changes: ModelOverlay.deltaName, provenance: provenance),
        to: step.folder)
      try step.finish()
    }
    let delta: ParameterDelta
    let sum: SumCheckpoint
    do {
      delta = ParameterDelta(name: key.step, checkpoint: try SafetensorsFile(path: file))
      sum = try SumCheckpoint(base: base.directory.checkpoint, delta: delta)
    } catch {
      throw DamagedStepError(folder: cache.folder(key), cause: error)
    }
    if !reused { try sum.checkAllFinite() }
    try book.add(
      Manifest.Step(
        name: key.step, key: key.digest, reused: reused,
        seconds: (ContinuousClock.now - started) / .seconds(1)))
    return Weights(
      checkpoint: sum, digest: key.digest, delta: delta, base: base.directory.checkpoint)
  }
}
