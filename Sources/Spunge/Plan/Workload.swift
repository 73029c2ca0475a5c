import Evaluation
import LanguageModels
import Tensors

/// What an experiment puts through networks, in tokens: what time, memory and disk are estimated from, whether its
/// files are there or only known.
package struct Workload {
  /// One unlearning run of a variant.
  struct Unlearning {
    let variant: Experiment.Variant
    /// Which of the variant's runs it is.
    let place: Int
    let name: String
    /// Nil where nothing trains, or nothing is known of the texts.
    let program: UnlearningProgram?
    let memory: TrainingPlan?
  }

  /// Training that is a transform of a recipe.
  struct Retraining {
    let recipe: Recipe
    let configuration: DecoderConfiguration
    let program: UnlearningProgram
    let memory: TrainingPlan
  }

  /// What one model is asked.
  struct Asked {
    let name: String
    /// Through the network, each distinct prefix once.
    let tokens: Int
    /// Positions whose logits are needed; written tokens of generated answers.
    let rows: Int
  }

  package struct Step {
    /// Steps of one key are one step, whatever experiment asks for them.
    let key: String
    package let name: String
    /// Tokens through the network; 0 where none are, or they are not estimated.
    package var tokens: Int
    var seconds: Double
  }

  let experiment: Experiment
  let configuration: DecoderConfiguration
  let unlearning: [Unlearning]
  let retraining: [Retraining]
  let questions: [Asked]
  /// Completions of one model.
  let completions: Asked?
  /// Of the model that says how fluent completions are.
  let reference: DecoderConfiguration?

  /// Scoring, measuring and training, whichever needs most.
  var memoryBytes: Int {
    let type = experiment.scoring.computeType
    let scoring = [configuration, reference].compactMap { $0?.scoringBytes(type) }
    let training = unlearning.compactMap(\.memory) + retraining.map(\.memory)
    return (scoring + training.map(\.totalBytes)).max() ?? 0
  }

  /// The steps in the order of a run.
  ///
  /// How long a classifier takes is not estimated: it is small beside the models.
  func steps(_ speed: MachineSpeed) throws -> [Step] {
    let type = experiment.scoring.computeType
    func step(
      _ key: String, _ name: String, _ asked: Asked, _ network: DecoderConfiguration? = nil
    ) -> Step {
      let operations = (network ?? configuration).operations(tokens: asked.tokens, rows: asked.rows)
      return Step(
        key: key, name: name, tokens: asked.tokens, seconds: speed.seconds(operations, type))
    }
    var steps = try unlearning.map { run in
      Step(
        key: try key(of: run), name: "unlearn \(run.name)",
        tokens: run.program?.tokens ?? 0,
        seconds: run.program.map {
          speed.seconds($0.operations(configuration), $0.computeType)
        } ?? 0)
    }
    steps += try retraining.map { training in
      Step(
        key: "retrain \(try identity(training.recipe))", name: "retrain \(training.recipe.name)",
        tokens: training.program.tokens,
        seconds: speed.seconds(
          training.program.operations(training.configuration), training.program.computeType))
    }
    for recipe in experiment.scored {
      let model = try identity(recipe)
      steps += questions.map {
        step(
          "score \(model) \($0.name) \($0.tokens)", "score \(recipe.name) / \($0.name)", $0)
      }
    }
    guard let toxicity = experiment.scoring.toxicity, let completions else { return steps }
    let prompts = "\(toxicity.prompts.written) \(toxicity.source)"
    steps += try experiment.scored.map {
      step(
        "complete \(try identity($0)) \(prompts)", "complete \($0.name) / \(toxicity.source)",
        completions)
    }
    guard toxicity.classifier != nil else { return steps }
    let name = "judge \(toxicity.source)"
    steps.append(Step(key: "\(try unlearningKey) \(name)", name: name, tokens: 0, seconds: 0))
    guard let reference else { return steps }
    return steps
      + (try experiment.scored.map {
        step(
          "perplexity \(try identity($0)) \(prompts)", "perplexity \(toxicity.source)",
          completions, reference)
      })
  }

  /// Bytes of the float32 changes in the work folder, by the key of what makes them.
  func deltas() throws -> [String: Int] {
    var deltas: [String: Int] = [:]
    for run in unlearning {
      let bytes = 4 * (run.program?.trainable.changedCount(configuration) ?? 0)
      deltas[try key(of: run)] = bytes
      if run.variant != .monolithic {
        deltas["merge \(try unlearningKey) \(run.variant) \(try mergeKey)"] = bytes
      }
    }
    return deltas
  }

  // MARK: Keys

  private func key(of run: Unlearning) throws -> String {
    "unlearn \(try unlearningKey) \(run.variant) \(run.place)"
  }

  private var unlearningKey: String {
    get throws {
      try "\(experiment.model.written) \(experiment.unlearning.card.name) "
        + experiment.unlearning.resolvedYAML() + experiment.forget.map(\.written).joined()
    }
  }

  private var mergeKey: String {
    get throws { try "\(experiment.merge.card.name) \(experiment.merge.resolvedYAML())" }
  }

  /// What the weights of a model depend on.
  private func identity(_ recipe: Recipe) throws -> String {
    let then = try recipe.then.map { "\($0.card.name) \(try $0.resolvedYAML())" }.joined()
    guard let variant = recipe.variant, variant != .base else {
      return "\((recipe.model ?? experiment.model).written) \(then)"
    }
    let merge = variant == .monolithic ? "" : try mergeKey
    return "\(try unlearningKey) \(variant) \(merge) \(then)"
  }
}

extension DecoderConfiguration {
  private var headElements: Int { vocabularySize * hiddenSize }

  /// Operations of scoring: 2 × parameters that a token meets.
  fileprivate func operations(tokens: Int, rows: Int) -> Double {
    2 * (Double(tokens) * Double(blockElements) + Double(rows) * Double(headElements))
  }

  /// Memory for scoring, with a margin for activations.
  fileprivate func scoringBytes(_ type: ComputeType) -> Int {
    (blockElements + headElements) * (type == .float32 ? 4 : 2) + (1 << 30)
  }
}
