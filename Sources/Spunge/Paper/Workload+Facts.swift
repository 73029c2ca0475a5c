import Evaluation
import LanguageModels
import Tensors

extension Workload {
  /// An experiment whose files are not there, from what is known about them.
  ///
  /// - Returns: nil for a base model about which nothing is known.
  init?(estimating experiment: Experiment) throws {
    guard let configuration = PaperFacts.models[experiment.model.written]?.configuration else {
      return nil
    }
    let forget = experiment.forget.flatMap(Self.parts)
    let retain = [TokenCorpus(name: "retain", rows: experiment.retain.flatMap(Self.rows))]
    var unlearning: [Unlearning] = []
    for variant in experiment.sources where variant != .base {
      // Random parts are as many and as long.
      let runs = variant == .monolithic ? [forget] : forget.map { [$0] }
      for (place, corpora) in runs.enumerated() {
        let program = try Self.program(experiment.unlearning, configuration, corpora, retain)
        unlearning.append(
          Unlearning(
            variant: variant, place: place,
            name: variant.rowName(unlearning: experiment.unlearning.card.name), program: program,
            memory: try program?.memoryPlan(configuration, budget: nil)))
      }
    }
    self.init(
      experiment: experiment, configuration: configuration, unlearning: unlearning,
      retraining: [],
      questions: experiment.scoring.tasks.flatMap {
        PaperFacts.questions($0.name, fewShot: $0.fewShot)
      },
      completions: experiment.scoring.toxicity.flatMap(Self.completions),
      reference: experiment.scoring.fluency.flatMap {
        PaperFacts.models[$0.model.written]?.configuration
      })
  }

  /// Nil for texts about which nothing is known.
  private static func program(
    _ method: any UnlearningMethod, _ configuration: DecoderConfiguration,
    _ forget: [TokenCorpus], _ retain: [TokenCorpus]
  ) throws -> UnlearningProgram? {
    let job = UnlearningJob(
      name: "", configuration: configuration,
      base: MemoryCheckpoint([(name: String, tensor: Tensor)]()), forget: forget,
      retain: retain, random: RandomSource(seed: 0))
    do { return try method.plan(job).program } catch UnlearningError.noText { return nil }
  }

  /// One corpus for each part of a file.
  private static func parts(_ path: ExperimentPath) -> [TokenCorpus] {
    let all = rows(path)
    let count = PaperFacts.texts[path.name]?.parts ?? 1
    return (0..<count).map { part in
      TokenCorpus(
        name: "\(path.name) \(part)",
        rows: all.indices.filter { $0 % count == part }.map { all[$0] })
    }
  }

  private static func rows(_ path: ExperimentPath) -> [[Int32]] {
    guard let texts = PaperFacts.texts[path.name] else { return [] }
    return Array(repeating: Array(repeating: 0, count: texts.tokens), count: texts.documents)
  }

  private static func completions(_ toxicity: Experiment.Toxicity) -> Asked? {
    guard let prompts = PaperFacts.texts[toxicity.prompts.name] else { return nil }
    let written =
      prompts.documents * toxicity.recipe.samples * toxicity.recipe.maximumNewTokens
    return Asked(
      name: toxicity.source, tokens: prompts.documents * prompts.tokens + written, rows: written)
  }
}
