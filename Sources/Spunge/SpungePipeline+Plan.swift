import Evaluation
import Foundation
import LanguageModels
import Tensors

/// What a run will do and what it needs, before anything starts.
package struct RunPlan {
  package struct Step {
    package var name: String
    /// Tokens through the network; 0 where none are.
    package var tokens: Int
    package var seconds: Double
  }

  package var steps: [Step]
  /// Matrix-product peak measured just now, operations a second.
  package var peak: Double
  package var memoryBytes: Int

  /// The plan as lines of text.
  package var text: String {
    let rows = steps.map { step in
      let name = step.name.padding(toLength: 36, withPad: " ", startingAt: 0)
      let tokens = step.tokens == 0 ? "" : "\(step.tokens) tokens"
      return name + tokens.padding(toLength: 18, withPad: " ", startingAt: 0)
        + Self.time(step.seconds)
    }
    let total = steps.reduce(0) { $0 + $1.seconds }
    return
      (rows + [
        "about \(Self.time(total)) at \(Int(peak / 1e9)) GFLOP/s measured, "
          + "\(memoryBytes >> 20) MiB of memory"
      ]).joined(separator: "\n")
  }

  private static func time(_ seconds: Double) -> String {
    seconds < 1 ? "" : String(format: "%d:%02d min", Int(seconds) / 60, Int(seconds) % 60)
  }
}

extension SpungePipeline {
  /// Share of the matrix-product peak that scoring and training have been seen to reach.
  private static let efficiency = 0.65

  /// The steps with tokens and expected time: (tokens) × 2 × (parameters used) ÷ (measured peak).
  package func plan() throws -> RunPlan {
    let directory = try ModelDirectory.open(experiment.model.expanded)
    let tokenizer = try TokenizerLoader.load(directory)
    let peak = try MatrixProductPeak.measure(experiment.scoring.computeType)
    let trainingPeak = try MatrixProductPeak.measure(.float32)
    let layers = directory.checkpoint.tensors.filter { $0.name.hasPrefix("model.layers.") }
    let parameters = layers.reduce(0) { $0 + $1.count }
    let head = directory.configuration.vocabularySize * directory.configuration.hiddenSize
    var steps: [RunPlan.Step] = []
    let opened = BaseModel(directory: directory, digest: "") { tokenizer }
    let split = try split(forgetDocuments().documents, opened)
    var trainingBytes = 0
    for (name, parts) in try unlearningRuns(split) {
      let (forget, retain) = try corpora(parts, retained: split.retained, tokenizer)
      let tokens = experiment.unlearning.plannedTokens(forget: forget, retain: retain)
      let need = try experiment.unlearning.memoryPlan(
        directory.configuration, forget: forget, retain: retain, budget: context.memory)
      trainingBytes = max(trainingBytes, need?.totalBytes ?? 0)
      let cost = experiment.unlearning.costPerToken(
        parameters: parameters, layers: directory.configuration.layerCount)
      steps.append(
        .init(
          name: "unlearn \(name)", tokens: tokens,
          seconds: Double(tokens) * cost / trainingPeak / Self.efficiency))
    }
    let fit = PromptFit(
      tokenizer, directory.configuration, settings: LlamaEvaluatedModel.Settings())
    let scoring = try evaluators(fit).map { try scoringStep($0, directory, tokenizer) }
    for variant in experiment.scoring.variants {
      let row = variant.rowName(unlearning: experiment.unlearning.card.name)
      for step in scoring {
        let work =
          2.0 * (Double(step.tokens) * Double(parameters) + Double(step.rows) * Double(head))
        steps.append(
          .init(
            name: "score \(row) / \(step.name)", tokens: step.tokens,
            seconds: work / peak / Self.efficiency))
      }
    }
    steps += try completionSteps(tokenizer, parameters: parameters, head: head, peak: peak)
    let width = experiment.scoring.computeType == .float32 ? 4 : 2
    return RunPlan(
      steps: steps, peak: peak,
      memoryBytes: max(trainingBytes, (parameters + head) * width + (1 << 30)))
  }

  /// Completions of every variant, their judgement and their perplexity.
  ///
  /// How long a classifier takes is not estimated: it is small beside the models.
  private func completionSteps(
    _ tokenizer: any Tokenizer, parameters: Int, head: Int, peak: Double
  ) throws -> [RunPlan.Step] {
    guard let toxicity = experiment.scoring.toxicity else { return [] }
    let prompts = try PromptSet(
      path: toxicity.prompts.expanded, source: try PromptSource.named(toxicity.source),
      selection: toxicity.selection
    ).prompts
    let read = TokenForest(
      prompts.map { tokenizer.encode($0.text, addSpecial: true).map { Int32($0) } }
    ).tokens
    let asks = toxicity.classifier != nil
    let written =
      asks ? prompts.count * toxicity.recipe.samples * toxicity.recipe.maximumNewTokens : 0
    func step(_ name: String, _ times: Int, _ parameters: Int, _ head: Int) -> RunPlan.Step {
      let tokens = times * (read + written)
      let rows = times * (asks ? written : read)
      let work = 2.0 * (Double(tokens) * Double(parameters) + Double(rows) * Double(head))
      return RunPlan.Step(name: name, tokens: tokens, seconds: work / peak / Self.efficiency)
    }
    var steps = experiment.scoring.variants.map { variant in
      let row = variant.rowName(unlearning: experiment.unlearning.card.name)
      return step("complete \(row) / \(toxicity.source)", 1, parameters, head)
    }
    guard asks else { return steps }
    steps.append(RunPlan.Step(name: "judge \(toxicity.source)", tokens: 0, seconds: 0))
    if let fluency = experiment.scoring.fluency {
      let reference = try ModelDirectory.open(fluency.model.expanded)
      let layers = reference.checkpoint.tensors.filter { $0.name.hasPrefix("model.layers.") }
      let configuration = reference.configuration
      steps.append(
        step(
          "perplexity \(toxicity.source)", experiment.scoring.variants.count,
          layers.reduce(0) { $0 + $1.count },
          configuration.vocabularySize * configuration.hiddenSize))
    }
    return steps
  }

  /// The unlearning runs and what each is to forget.
  private func unlearningRuns(
    _ split: Split
  ) throws -> [(name: String, parts: [ForgetPart])] {
    let parts = split.parts
    let variants = experiment.scoring.variants
    let randomParts = variants.contains(.control) ? try randomParts(of: parts) : []
    return (variants.contains(.monolithic) ? [("union", parts)] : [])
      + (variants.contains(.spunge) ? parts.map { ($0.name, [$0]) } : [])
      + (variants.contains(.control) ? randomParts.map { ($0.name, [$0]) } : [])
  }

  private func corpora(
    _ parts: [ForgetPart], retained: [ForgetDocument], _ tokenizer: any Tokenizer
  ) throws -> (forget: [TokenCorpus], retain: [TokenCorpus]) {
    let retain = try CorpusFile.read(experiment.retain.map { URL(fileURLWithPath: $0.expanded) })
    return (
      try parts.map {
        try TokenCorpus(name: $0.name, documents: $0.documents, tokenizer: { tokenizer })
      },
      [
        try TokenCorpus(
          name: "retain", documents: retain.documents + retained, tokenizer: { tokenizer })
      ]
    )
  }

  private func scoringStep(
    _ evaluator: Evaluator, _ directory: ModelDirectory, _ tokenizer: any Tokenizer
  ) throws -> (name: String, tokens: Int, rows: Int) {
    let begin = tokenizer.beginID ?? tokenizer.endID ?? 0
    var inputs: [[Int32]] = []
    var rows = 0
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
        let ids = tokenizer.encode(text, addSpecial: false)
        inputs.append(ids.map { Int32($0) })
        rows += ids.count
      case .generation(let request):
        let ids = tokenizer.encode(request.prompt, addSpecial: true)
        inputs.append(ids.map { Int32($0) })
        rows += request.maximumTokens
      }
    }
    return (evaluator.task.name, TokenForest(inputs).tokens, rows)
  }
}
