import Evaluation
package import LanguageModels
package import Tensors

/// A model to score: its row in the table and how to open it.
package struct ScoredModel {
  /// Row in the table.
  package let name: String
  /// Everything that determines its answers besides the questions.
  package let identity: AnswerCache.Identity
  private let texts: (any CausalLM) throws -> TextModel
  private let load: () throws -> any CausalLM

  /// A model, which is loaded at the first question without a cached response.
  ///
  /// - Parameters:
  ///   - name: row in the table.
  ///   - model: configuration, and weights if `weights` is nil.
  ///   - digest: digest of weights and tokenizer.
  ///   - tokenizer: called once, when the model is opened.
  ///   - weights: other weights for the same configuration.
  package init(
    name: String, _ model: ModelDirectory, digest: String,
    tokenizer: @escaping () throws -> any Tokenizer, weights: (any Checkpoint)? = nil,
    settings: TextModel.Settings, engine: any Engine, compute: ComputeOptions
  ) {
    self.name = name
    identity = AnswerCache.Identity(
      model: digest, engine: engine, computeType: compute.type, profile: settings.profile.rawValue)
    texts = {
      TextModel(
        configuration: model.configuration, tokenizer: try tokenizer(), settings: settings,
        model: $0)
    }
    load = {
      try engine.causalLM(
        model.configuration, weights: weights ?? model.checkpoint, compute: compute)
    }
  }

  /// A model on disk: a GGUF file, or a Hugging Face folder or id.
  ///
  /// - Parameter work: the work folder with cached digests.
  package init(
    name: String, path: String, settings: TextModel.Settings, engine: any Engine = engines[0],
    compute: ComputeOptions, work: String
  ) throws {
    let model = try ModelDirectory.open(path)
    self.init(
      name: name, model, digest: try FileDigests(work: work).digest(of: model),
      tokenizer: { try TokenizerLoader.load(model) }, settings: settings, engine: engine,
      compute: compute)
  }

  /// Opens the model for questions.
  ///
  /// - Parameter work: folder with cached responses.
  /// - Throws: what reading the tokenizer and the cached responses throws.
  package func open(work: String, progress: any ProgressSink) throws -> AskedModel {
    let model = CachedLM(
      try AnswerCache(work: work, identity: identity, progress: progress), progress: progress,
      load: load)
    return AskedModel(texts: try texts(model), cache: model)
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
