import Evaluation
import LanguageModels

extension Workload {
  /// What a run has to do; nothing is estimated but time.
  init(_ plan: Plan) throws {
    let (questions, completions) = try plan.inputs.tokens.get()
    self.init(
      experiment: plan.experiment, configuration: plan.inputs.base.directory.configuration,
      unlearning: plan.experiment.sources.flatMap { variant in
        plan.unlearning[variant, default: []].enumerated().map { place, run in
          Unlearning(
            variant: variant, place: place, name: run.name, program: run.plan.program,
            memory: run.memory)
        }
      },
      retraining: plan.experiment.scored.flatMap { recipe in
        plan.transforms[recipe.name, default: []].suffix(recipe.own.count).compactMap(\.training)
          .map {
            Retraining(
              recipe: recipe, configuration: plan.inputs.model(recipe).directory.configuration,
              program: $0.program, memory: $0.memory)
          }
      }, questions: questions, completions: completions,
      reference: plan.inputs.reference?.directory.configuration)
  }
}

extension Workload.Asked {
  /// A task's questions; what their prompts share is computed once.
  init(_ evaluator: Evaluator, tokenizer: any Tokenizer) throws {
    let begin = tokenizer.beginID ?? tokenizer.endID ?? 0
    var inputs: [[Int32]] = []
    var (rows, written) = (0, 0)
    for question in evaluator.questions {
      switch question.requests {
      case .logLikelihoods(let requests):
        for request in requests {
          let pair = try tokenizer.encodePair(
            context: request.context, continuation: request.continuation,
            addBegin: tokenizer.addsBegin, prefixID: begin)
          inputs.append((pair.context + pair.continuation).dropLast().map { Int32($0) })
          rows += pair.continuation.count
        }
      case .rollingLogLikelihood(let text):
        let ids = try tokenizer.encode(text, addSpecial: false)
        inputs.append(ids.map { Int32($0) })
        rows += ids.count
      case .generation(let request):
        let ids = try tokenizer.encode(request.prompt, addSpecial: true)
        inputs.append(ids.map { Int32($0) })
        rows += request.maximumTokens
        written += request.maximumTokens
      }
    }
    self.init(
      name: evaluator.task.name, tokens: TokenForest(inputs).tokens + written, rows: rows)
  }

  /// Completions of prompts, or the likelihoods of the prompts where none are asked for.
  init(
    _ toxicity: Experiment.Toxicity, _ prompts: PromptSet, tokenizer: any Tokenizer
  ) throws {
    let read = TokenForest(
      try prompts.prompts.map {
        try tokenizer.encode($0.text, addSpecial: true).map { Int32($0) }
      }
    ).tokens
    let asks = toxicity.classifier != nil
    let written =
      asks
      ? prompts.prompts.count * toxicity.recipe.samples * toxicity.recipe.maximumNewTokens : 0
    self.init(name: toxicity.source, tokens: read + written, rows: asks ? written : read)
  }
}
