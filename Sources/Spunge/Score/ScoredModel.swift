import Evaluation
package import LanguageModels
package import Tensors

/// A model to score: its row in the table and how to open it.
package struct ScoredModel {
  /// Row in the table.
  package let name: String
  /// Everything that determines its answers besides the questions.
  package let identity: AnswerCache.Identity
  private let texts: (any CausalLM) -> TextModel
  private let load: () throws -> any CausalLM

  /// A model; its network is loaded when something is asked that is not known.
  ///
  /// - Parameters:
  ///   - name: row in the table.
  ///   - model: configuration and tokenizer, and weights where `weights` is nil.
  ///   - digest: of everything that the answers depend on, of weights and tokenizer.
  ///   - weights: other weights for the same configuration.
  package init(
    name: String, _ model: StoredModel, digest: String, weights: (any Checkpoint)? = nil,
    settings: TextModel.Settings, engine: any Engine = engines[0], compute: ComputeOptions
  ) {
    self.name = name
    identity = AnswerCache.Identity(
      model: digest, engine: engine, computeType: compute.type, profile: settings.profile.rawValue)
    texts = {
      TextModel(
        configuration: model.directory.configuration, tokenizer: model.tokenizer,
        settings: settings, model: $0)
    }
    load = {
      try engine.causalLM(
        model.directory.configuration, weights: weights ?? model.directory.checkpoint,
        compute: compute)
    }
  }

  /// Opens the model for questions.
  ///
  /// - Parameter work: folder that keeps the answers.
  /// - Throws: what reading the answers throws.
  package func open(work: String, progress: any ProgressSink) throws -> AskedModel {
    let model = CachedLM(
      try AnswerCache(work: work, identity: identity, progress: progress), progress: progress,
      load: load)
    return AskedModel(texts: texts(model), cache: model)
  }
}

/// An open model.
package struct AskedModel {
  package let texts: TextModel
  let cache: CachedLM

  /// Runs one step's questions and writes all responses to disk.
  ///
  /// - Parameters:
  ///   - name: the step's name, for progress and messages.
  ///   - key: digest of the step's inputs.
  /// - Returns: what `body` returns, and the step with the number of questions.
  /// - Throws: `StepError` for a `ScoreError`, and what `body` throws.
  package func step<Result>(
    _ name: String, key: String, _ body: (TextModel) throws -> Result
  ) throws -> (result: Result, step: Manifest.Step) {
    cache.step = name
    let result = try Manifest.Step.timed(name, key: key, reused: { cache.reused }) {
      try body(texts)
    }
    try cache.flush()
    return result
  }
}

extension Manifest.Step {
  /// Times a step and determines whether all its responses were cached.
  static func timed<Result>(
    _ name: String, key: String, reused: () -> (answers: Int, questions: Int),
    _ body: () throws -> Result
  ) throws -> (result: Result, step: Manifest.Step) {
    let (started, before) = (ContinuousClock.now, reused())
    let result: Result
    do { result = try body() } catch let error as ScoreError {
      throw StepError(step: name, cause: error)
    }
    let after = reused()
    let asked = after.questions - before.questions
    return (
      result,
      Manifest.Step(
        name: name, key: key, reused: asked == after.answers - before.answers,
        seconds: (ContinuousClock.now - started) / .seconds(1),
        figures: ["questions": Double(asked)])
    )
  }
}

extension FileDigests {
  /// Digest of everything that determines a model.
  package func digest(of model: ModelDirectory) throws -> String {
    try model.sourceFiles.map(digest).joined(separator: "+")
  }
}
