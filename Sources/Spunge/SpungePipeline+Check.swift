import Evaluation
import LanguageModels
import Tensors

extension SpungePipeline {
  /// One unlearning run as it can be told before anything is computed.
  struct PlannedUnlearning {
    let name: String
    let parts: [TokenPart]
    /// Everything that its result depends on.
    let key: StepKey
    let job: UnlearningJob
    let plan: UnlearningPlan
    /// Nil where memory is no choice.
    let memory: TrainingPlan?
  }

  /// The unlearning run of `parts` together, checked and arranged within the memory.
  /// - Throws: what the run would throw before its first step.
  private func planned(
    _ parts: [TokenPart], retain: TokenPart, name: String, _ base: BaseModel
  ) throws -> PlannedUnlearning {
    var job = UnlearningJob(
      name: name, configuration: base.directory.configuration, base: base.directory.checkpoint,
      forget: parts.map(\.corpus), retain: [retain.corpus], engine: context.engine,
      random: context.random.child(named: "unlearn/\(name)"))
    let plan = try experiment.unlearning.plan(job)
    let key = try unlearningKey(
      parts, retain: retain, name: name, products: plan.program?.computeType ?? .float32, base)
    // A result that is there needs no memory.
    let isDone = StepCache(work: paths.work).seemsFinished(key)
    let memory = try plan.program?.memoryPlan(
      job.configuration, budget: isDone ? nil : context.memory)
    if let memory { job.memory = memory.memory }
    return PlannedUnlearning(
      name: name, parts: parts, key: key, job: job, plan: plan, memory: memory)
  }

  /// Throws what later steps would throw, of what can be told before anything is computed.
  /// - Returns: the unlearning runs of each variant, in the experiment's order.
  func check(
    _ data: UnlearningData, _ base: BaseModel
  ) throws -> [Experiment.Variant: [PlannedUnlearning]] {
    var runs: [Experiment.Variant: [PlannedUnlearning]] = [:]
    for variant in experiment.sources {
      let parts = variant == .control ? data.random : data.parts
      switch variant {
      case .base: break
      case .monolithic:
        runs[variant] = [try planned(parts, retain: data.retain, name: "union", base)]
      case .spunge, .control:
        runs[variant] = try parts.map {
          try planned([$0], retain: data.retain, name: $0.name, base)
        }
        try experiment.merge.check(parts: parts.count)
      }
    }
    return runs
  }

  /// Throws what classifiers, completing and measuring would throw, of what can be told without the forget data.
  func checkScoring(_ base: BaseModel) throws {
    _ = try chatTemplate(base)
    if let classifier = experiment.splitClassifier { _ = try checkClassifier(classifier.expanded) }
    if let classifier = experiment.scoring.toxicity?.classifier {
      let labels = try checkClassifier(classifier.expanded)
      _ = try experiment.scoring.toxicity?.recipe.toxicLabel(of: labels)
    }
    if let recipe = experiment.scoring.toxicity?.recipe {
      let length = TextModel.Settings().length(base.directory.configuration)
      guard recipe.maximumNewTokens < length else {
        throw ScoreError.completionTooLong(tokens: recipe.maximumNewTokens, limit: length)
      }
    }
    if let fluency = experiment.scoring.fluency {
      _ = try TokenizerLoader.load(try ModelDirectory.open(fluency.model.expanded))
    }
  }

  /// Throws what a run would throw before anything is computed.
  func check() throws {
    let directory = try ModelDirectory.open(experiment.model.expanded)
    try directory.checkpoint.requireFinite()
    let tokenizer = try TokenizerLoader.load(directory)
    let base = BaseModel(
      directory: directory,
      digest: try FileDigests(work: paths.work, progress: context.progress).digest(of: directory)
    ) { tokenizer }
    _ = try evaluators(fit(tokenizer, directory))
    if let toxicity = experiment.scoring.toxicity {
      _ = try ToxicityScoring(toxicity, fluency: nil, run: nil, progress: context.progress)
    }
    try checkScoring(base)
    // A split that asks a model is not made twice.
    guard experiment.splitClassifier == nil, !type(of: experiment.splitter).asksModel else {
      return
    }
    _ = try check(try unlearningData(base), base)
  }

  /// All that unlearning reads, without a record of it.
  func unlearningData(_ base: BaseModel) throws -> UnlearningData {
    try unlearningData(
      of: try split(try forgetDocuments().documents, base),
      retained: try retainDocuments().documents, base)
  }
}
