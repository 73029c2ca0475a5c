import Evaluation
import LanguageModels
import Tensors

extension SpungePipeline {
  /// One unlearning run as it can be told before anything is computed.
  struct PlannedUnlearning {
    let job: UnlearningJob
    /// Nil where memory is no choice.
    let plan: TrainingPlan?
  }

  /// The unlearning run of `parts` together, checked and arranged within the memory.
  /// - Parameter isDone: its result is there, and needs no memory.
  /// - Throws: what the run would throw before its first step.
  func job(
    _ parts: [TokenPart], retain: TokenPart, name: String, _ base: BaseModel, isDone: Bool = false
  ) throws -> PlannedUnlearning {
    let method = experiment.unlearning
    var job = UnlearningJob(
      name: name, configuration: base.directory.configuration, base: base.directory.checkpoint,
      forget: parts.map(\.corpus), retain: [retain.corpus],
      random: context.random.child(named: "unlearn/\(name)"))
    try method.check(job)
    let plan = try method.memoryPlan(
      job.configuration, forget: job.forget, retain: job.retain,
      budget: isDone ? nil : context.memory)
    if let plan { job.memory = plan.memory }
    return PlannedUnlearning(job: job, plan: plan)
  }

  /// Throws what later steps would throw, of what can be told before anything is computed.
  /// - Returns: the unlearning runs.
  func check(_ data: UnlearningData, _ base: BaseModel) throws -> [PlannedUnlearning] {
    var runs: [(name: String, parts: [TokenPart])] = []
    for variant in experiment.scoring.variants {
      let parts = variant == .control ? data.random : data.parts
      switch variant {
      case .base: break
      case .monolithic: runs.append(("union", parts))
      case .spunge, .control:
        runs += parts.map { ($0.name, [$0]) }
        try experiment.merge.check(parts: parts.count)
      }
    }
    let cache = StepCache(work: paths.work)
    let planned = try runs.map { name, parts in
      let key = try unlearningKey(parts, retain: data.retain, name: name, base)
      return try job(
        parts, retain: data.retain, name: name, base, isDone: cache.seemsFinished(key))
    }
    _ = try chatTemplate(base)
    if let classifier = experiment.scoring.toxicity?.classifier {
      let labels = try openClassifier(classifier.expanded).labels
      _ = try experiment.scoring.toxicity?.recipe.toxicLabel(of: labels)
    }
    if let recipe = experiment.scoring.toxicity?.recipe {
      let length = LlamaEvaluatedModel.Settings().length(base.directory.configuration)
      guard recipe.maximumNewTokens < length else {
        throw ScoreError.completionTooLong(tokens: recipe.maximumNewTokens, limit: length)
      }
    }
    if let fluency = experiment.scoring.fluency {
      _ = try TokenizerLoader.load(try ModelDirectory.open(fluency.model.expanded))
    }
    return planned
  }

  /// Throws what a run would throw before anything is computed.
  func check() throws {
    let directory = try ModelDirectory.open(experiment.model.expanded)
    try directory.checkpoint.requireFinite()
    let tokenizer = try TokenizerLoader.load(directory)
    let digests = FileDigests(work: paths.work, progress: context.progress)
    let base = BaseModel(
      directory: directory,
      digest: try directory.sourceFiles.map(digests.digest).joined(separator: "+")
    ) { tokenizer }
    _ = try evaluators(
      PromptFit(tokenizer, directory.configuration, settings: LlamaEvaluatedModel.Settings()))
    if let toxicity = experiment.scoring.toxicity {
      _ = try ToxicityScoring(toxicity, fluency: nil, run: nil, progress: context.progress)
    }
    // A split that asks a model is not made twice.
    guard experiment.splitClassifier == nil, !(experiment.splitter is KMeans) else { return }
    _ = try check(try unlearningData(base), base)
  }

  /// All that unlearning reads, without a record of it.
  func unlearningData(_ base: BaseModel) throws -> UnlearningData {
    try unlearningData(
      of: try split(try forgetDocuments().documents, base),
      retained: try retainDocuments().documents, base)
  }
}
