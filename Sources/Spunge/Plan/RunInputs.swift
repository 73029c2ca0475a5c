import Evaluation
import LanguageModels
import Tensors

/// What a run reads besides the documents to forget and to retain, opened once; the points of a grid share it.
package final class RunInputs {
  private let experiment: Experiment
  let base: StoredModel
  /// The questions of every task.
  let evaluators: [Evaluator]
  /// What is to be completed.
  let prompts: PromptSet?
  /// The base's chat format, where completions apply it.
  let chat: ChatTemplate?
  /// Judges completions.
  let judge: StoredClassifier?
  /// Says how fluent completions are.
  let reference: StoredModel?
  /// What benchmarks of forgetting compare with.
  let forgetting: ForgettingReference?
  /// Models that are scored besides the base and what is made of it, by their place.
  private let references: [ExperimentPath: StoredModel]

  /// - Throws: what scoring, completing, judging and measuring would throw, of what can be told beforehand.
  init(_ pipeline: SpungePipeline) throws {
    let experiment = pipeline.experiment
    self.experiment = experiment
    base = try StoredModel(path: experiment.model.expanded)
    evaluators = try pipeline.evaluators(base)
    let toxicity = experiment.scoring.toxicity
    prompts = try toxicity?.promptSet()
    chat =
      toxicity?.recipe.appliesChatTemplate == true
      ? try ChatPrompts(of: base.directory).template : nil
    judge = try toxicity?.classifier.map { try pipeline.openClassifier($0.expanded) }
    if let toxicity, let judge {
      try toxicity.recipe.check(judge)
      try toxicity.recipe.check(
        length: TextModel.Settings().length(base.directory.configuration))
    }
    forgetting = try experiment.table.reference.map {
      try ForgettingReference(path: $0.expanded)
    }
    references = try experiment.references.reduce(into: [:]) {
      $0[$1] = try StoredModel(path: $1.expanded)
    }
    reference = try experiment.scoring.fluency.map { try StoredModel(path: $0.model.expanded) }
  }

  /// Whether `other` reads the same, as the points of a grid do.
  func serves(_ other: Experiment) -> Bool {
    experiment.model == other.model && experiment.forget == other.forget
      && experiment.retain == other.retain && experiment.scoring.tasks == other.scoring.tasks
      && experiment.scoring.toxicity == other.scoring.toxicity
      && experiment.scoring.fluency == other.scoring.fluency
      && experiment.references == other.references
      && experiment.table.reference == other.table.reference
  }

  /// Where a recipe starts: the base, or the model that it names.
  func model(_ recipe: Recipe) -> StoredModel {
    recipe.model.flatMap { references[$0] } ?? base
  }

  /// Tokens of every task's questions and of one variant's completions; what prompts share is computed once.
  private(set) lazy var tokens = Result {
    (
      questions: try evaluators.map { try Workload.Asked($0, tokenizer: base.tokenizer) },
      completions: try experiment.scoring.toxicity.flatMap { toxicity in
        try prompts.map { try Workload.Asked(toxicity, $0, tokenizer: base.tokenizer) }
      }
    )
  }
}
