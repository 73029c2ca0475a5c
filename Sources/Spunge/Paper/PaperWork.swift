import Evaluation
import LanguageModels
import Tensors

/// The steps of an experiment whose files are missing, estimated from known facts.
struct PaperWork {
  struct Step {
    /// Steps with the same key are the same step, in whatever experiment.
    let key: String
    /// The kind of step and the model's row.
    let name: String
    let tokens: Int
    let seconds: Double
  }

  private(set) var steps: [Step] = []
  /// The larger of scoring's and training's needs.
  private(set) var memoryBytes = 0
  /// Sizes of float32 deltas by step key.
  private(set) var deltas: [String: Int] = [:]

  private let experiment: Experiment
  private let configuration: DecoderConfiguration
  private let speed: RunPlan.Speed

  /// - Returns: nil for an unknown base model.
  init?(_ experiment: Experiment, speed: RunPlan.Speed) throws {
    guard let configuration = PaperFacts.models[experiment.model.written]?.configuration else {
      return nil
    }
    self.experiment = experiment
    self.configuration = configuration
    self.speed = speed
    try addUnlearning()
    try addScoring()
    try addCompletions()
  }

  private mutating func add(_ key: String, _ name: String, tokens: Int, seconds: Double) {
    steps.append(Step(key: key, name: name, tokens: tokens, seconds: seconds))
  }

  private var model: String { experiment.model.written }

  // MARK: Unlearning

  private mutating func addUnlearning() throws {
    let forget = experiment.forget.flatMap { parts($0) }
    let retain = [TokenCorpus(name: "retain", rows: experiment.retain.flatMap { rows($0) })]
    let settings =
      try "\(model) \(experiment.unlearning.card.name) "
      + experiment.unlearning.resolvedYAML() + experiment.forget.map(\.written).joined()
    var bytes = 0
    for variant in experiment.scoring.variants where variant != .base {
      // Random parts have the same number and size.
      let runs = variant == .monolithic ? [forget] : forget.map { [$0] }
      for (place, corpora) in runs.enumerated() {
        let program = try program(corpora, retain)
        let key = "unlearn \(settings) \(variant) \(place)"
        add(
          key, "unlearn \(row(variant))", tokens: program?.tokens ?? 0,
          seconds: program.map {
            $0.operations(configuration) / speed.training[$0.computeType, default: 1]
          } ?? 0)
        bytes = 4 * (program?.trainable.changedCount(configuration) ?? 0)
        deltas[key] = bytes
        let need = try program?.memoryPlan(configuration, budget: nil)
        memoryBytes = max(memoryBytes, need?.totalBytes ?? 0)
      }
      if variant != .monolithic { deltas["merge \(try identity(variant))"] = bytes }
    }
  }

  /// Nil for unknown texts.
  private func program(
    _ forget: [TokenCorpus], _ retain: [TokenCorpus]
  ) throws -> UnlearningProgram? {
    let job = UnlearningJob(
      name: "", configuration: configuration,
      base: MemoryCheckpoint([(name: String, tensor: Tensor)]()), forget: forget,
      retain: retain, random: RandomSource(seed: 0))
    do { return try experiment.unlearning.plan(job).program } catch UnlearningError.noText {
      return nil
    }
  }

  /// One corpus per part of a file.
  private func parts(_ path: ExperimentPath) -> [TokenCorpus] {
    let all = rows(path)
    let count = PaperFacts.texts[path.name]?.parts ?? 1
    return (0..<count).map { part in
      TokenCorpus(
        name: "\(path.name) \(part)",
        rows: all.indices.filter { $0 % count == part }.map { all[$0] })
    }
  }

  private func rows(_ path: ExperimentPath) -> [[Int32]] {
    guard let texts = PaperFacts.texts[path.name] else { return [] }
    return Array(repeating: Array(repeating: 0, count: texts.tokens), count: texts.documents)
  }

  // MARK: Scoring

  private func row(_ variant: Experiment.Variant) -> String {
    variant.rowName(unlearning: experiment.unlearning.card.name)
  }

  /// Everything that determines a variant's weights.
  private func identity(_ variant: Experiment.Variant) throws -> String {
    guard variant != .base else { return model }
    let unlearning = try experiment.unlearning.resolvedYAML()
    let merge = variant == .monolithic ? "" : try experiment.merge.resolvedYAML()
    return "\(model) \(row(variant)) \(unlearning)\(merge)\(experiment.scoring.scale) "
      + experiment.forget.map(\.written).joined()
  }

  private mutating func addScoring() throws {
    let size = RunPlan.Size(configuration)
    memoryBytes = max(memoryBytes, size.memoryBytes(experiment.scoring.computeType))
    for variant in experiment.scoring.variants {
      for choice in experiment.scoring.tasks {
        for questions in PaperFacts.questions(choice.name, fewShot: choice.fewShot) {
          add(
            "score \(try identity(variant)) \(questions.name) \(choice.fewShot ?? -1)",
            "score \(row(variant))", tokens: questions.tokens,
            seconds: speed.scoring(size, tokens: questions.tokens, rows: questions.rows))
        }
      }
    }
  }

  private mutating func addCompletions() throws {
    guard let toxicity = experiment.scoring.toxicity,
      let prompts = PaperFacts.texts[toxicity.prompts.name]
    else { return }
    let written =
      prompts.documents * toxicity.recipe.samples * toxicity.recipe.maximumNewTokens
    let tokens = prompts.documents * prompts.tokens + written
    let size = RunPlan.Size(configuration)
    func key(_ variant: Experiment.Variant) throws -> String {
      "\(try identity(variant)) \(toxicity.prompts.written)"
    }
    for variant in experiment.scoring.variants {
      add(
        "complete \(try key(variant))", "complete \(row(variant))", tokens: tokens,
        seconds: speed.scoring(size, tokens: tokens, rows: written))
    }
    guard let fluency = experiment.scoring.fluency,
      let reference = PaperFacts.models[fluency.model.written]?.configuration
    else { return }
    let larger = RunPlan.Size(reference)
    memoryBytes = max(memoryBytes, larger.memoryBytes(experiment.scoring.computeType))
    for variant in experiment.scoring.variants {
      add(
        "perplexity \(try key(variant))", "perplexity of completions", tokens: tokens,
        seconds: speed.scoring(larger, tokens: tokens, rows: written))
    }
  }
}
