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
        "\(total < 1 ? "less than a second" : "about \(Self.time(total))") at \(Int(peak / 1e9)) GFLOP/s measured, "
          + "\(memoryBytes >> 20) MiB of memory"
      ]).joined(separator: "\n")
  }

  private static func time(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e15))
    return whole < 1 ? "" : "\(whole / 60):" + String(format: "%02d min", whole % 60)
  }
}

extension RunPlan {
  /// Elements of a network's blocks and of its output head.
  struct Size {
    let blocks: Int
    let head: Int

    init(_ configuration: DecoderConfiguration) {
      blocks = configuration.blockElements
      head = configuration.vocabularySize * configuration.hiddenSize
    }

    /// Memory for scoring, with a margin for activations.
    func memoryBytes(_ type: ComputeType) -> Int {
      (blocks + head) * (type == .float32 ? 4 : 2) + (1 << 30)
    }
  }

  /// What this machine does in a second.
  struct Speed {
    /// Matrix-product peak, operations a second.
    let peak: Double
    /// Operations of training a second, for each type of its products.
    let training: [ComputeType: Double]

    /// Share of the matrix-product peak that scoring and training have been seen to reach.
    private static let efficiency = 0.65

    static func measure(_ type: ComputeType) throws -> Speed {
      var peaks: [ComputeType: Double] = [:]
      for type in ComputeType.allCases { peaks[type] = try MatrixProductPeak.measure(type) }
      return Speed(
        peak: peaks[type, default: 1], training: peaks.mapValues { $0 * efficiency })
    }

    /// Seconds: (tokens) × 2 × (parameters used) ÷ (measured peak).
    func scoring(_ size: Size, tokens: Int, rows: Int) -> Double {
      let work = 2.0 * (Double(tokens) * Double(size.blocks) + Double(rows) * Double(size.head))
      return work / peak / Self.efficiency
    }
  }
}

extension SpungePipeline {
  /// The steps with tokens and expected time.
  package func plan() throws -> RunPlan {
    let directory = try ModelDirectory.open(experiment.model.expanded)
    let tokenizer = try TokenizerLoader.load(directory)
    let speed = try RunPlan.Speed.measure(experiment.scoring.computeType)
    let size = RunPlan.Size(directory.configuration)
    var steps: [RunPlan.Step] = []
    var memory = size.memoryBytes(experiment.scoring.computeType)
    let opened = BaseModel(directory: directory, digest: "") { tokenizer }
    try checkScoring(opened)
    let planned = try check(try unlearningData(opened), opened)
    for run in experiment.sources.flatMap({ planned[$0] ?? [] }) {
      memory = max(memory, run.memory?.totalBytes ?? 0)
      let program = run.plan.program
      steps.append(
        .init(
          name: "unlearn \(run.name)", tokens: program?.tokens ?? 0,
          seconds: program.map {
            $0.operations(directory.configuration) / speed.training[$0.computeType, default: 1]
          } ?? 0))
    }
    let fit = fit(tokenizer, directory)
    let scoring = try evaluators(fit).map { try scoringStep($0, directory, tokenizer) }
    for variant in experiment.scored {
      for step in scoring {
        steps.append(
          .init(
            name: "score \(variant.name) / \(step.name)", tokens: step.tokens,
            seconds: speed.scoring(size, tokens: step.tokens, rows: step.rows)))
      }
    }
    steps += try completionSteps(tokenizer, size, speed)
    if let fluency = experiment.scoring.fluency {
      let reference = try ModelDirectory.open(fluency.model.expanded).configuration
      memory = max(memory, RunPlan.Size(reference).memoryBytes(experiment.scoring.computeType))
    }
    return RunPlan(steps: steps, peak: speed.peak, memoryBytes: memory)
  }

  /// Completions of every variant, their judgement and their perplexity.
  ///
  /// How long a classifier takes is not estimated: it is small beside the models.
  private func completionSteps(
    _ tokenizer: any Tokenizer, _ size: RunPlan.Size, _ speed: RunPlan.Speed
  ) throws -> [RunPlan.Step] {
    guard let toxicity = experiment.scoring.toxicity else { return [] }
    let prompts = try PromptSet(
      path: toxicity.prompts.expanded, source: try PromptSource.named(toxicity.source),
      selection: toxicity.selection
    ).prompts
    let read = TokenForest(
      try prompts.map { try tokenizer.encode($0.text, addSpecial: true).map { Int32($0) } }
    ).tokens
    let asks = toxicity.classifier != nil
    let written =
      asks ? prompts.count * toxicity.recipe.samples * toxicity.recipe.maximumNewTokens : 0
    func step(_ name: String, _ times: Int, _ size: RunPlan.Size) -> RunPlan.Step {
      let tokens = times * (read + written)
      return RunPlan.Step(
        name: name, tokens: tokens,
        seconds: speed.scoring(size, tokens: tokens, rows: times * (asks ? written : read)))
    }
    var steps = experiment.scored.map { step("complete \($0.name) / \(toxicity.source)", 1, size) }
    guard asks else { return steps }
    steps.append(RunPlan.Step(name: "judge \(toxicity.source)", tokens: 0, seconds: 0))
    if let fluency = experiment.scoring.fluency {
      let reference = try ModelDirectory.open(fluency.model.expanded).configuration
      steps.append(
        step(
          "perplexity \(toxicity.source)", experiment.scored.count,
          RunPlan.Size(reference)))
    }
    return steps
  }

  private func scoringStep(
    _ evaluator: Evaluator, _ directory: ModelDirectory, _ tokenizer: any Tokenizer
  ) throws -> (name: String, tokens: Int, rows: Int) {
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
    return (evaluator.task.name, TokenForest(inputs).tokens + written, rows)
  }
}
