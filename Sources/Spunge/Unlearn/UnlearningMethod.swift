package import Formats
package import LanguageModels
package import Tensors

/// Makes a model forget one part of the forget data; its stored properties are its hyperparameters.
///
/// To add one: a file in `Methods/`, a line in `unlearningMethods`, a test.
package protocol UnlearningMethod: CatalogMethod {
  /// Plans unlearning `job.forget` step by step, with all checks that are possible before the first step; computes
  /// nothing.
  /// - Throws: `UnlearningError`, `TrainingError`, and what reading `inputFiles` throws.
  func plan(_ job: UnlearningJob) throws -> UnlearningPlan

  /// Files and folders named by the settings that affect the result.
  var inputFiles: [String] { get }

  /// Column of the forget data with what is to be said instead of the text; nil for a method that needs none.
  var alternateColumn: String? { get }
}

extension UnlearningMethod {
  package var inputFiles: [String] { [] }
  package var alternateColumn: String? { nil }

  /// Unlearns `job.forget`.
  /// - Returns: the changes to the base's parameters.
  /// - Throws: what planning and running throw.
  package func unlearn(_ job: UnlearningJob) throws -> ParameterDelta {
    try plan(job).run(job)
  }
}

/// Every unlearning method, by name.
package let unlearningMethods = Catalog<any UnlearningMethod>(
  of: "unlearning method",
  [
    .init(RMU.self),
    .init(TaskVectorNegation.self),
    .init(GradientAscent.self),
    .init(GradientDifference.self),
    .init(NPO.self),
    .init(SimNPO.self),
    .init(AdaptiveRMU.self),
    .init(UNDIAL.self),
    .init(WGA.self),
    .init(SatImp.self),
    .init(CircuitBreakers.self),
    .init(PDU.self),
    .init(DPO.self),
    .init(CEU.self),
  ])

/// One unlearning run: a base model and what it is to forget and to retain.
package struct UnlearningJob {
  /// Names the part, for messages and random streams.
  package var name: String
  package var configuration: DecoderConfiguration
  package var base: any Checkpoint
  /// One corpus per domain.
  package var forget: [TokenCorpus]
  /// One corpus per domain, or one for all.
  package var retain: [TokenCorpus]
  /// What trains.
  package var engine: any Engine
  package var random: RandomSource
  /// How training trades memory for time.
  package var memory = TrainingMemory.fastest
  /// Where to store the training state, so that an interrupted run can be resumed.
  package var state: TrainingStateFile?
  /// Identifies base and method: the training state of a different run is rejected.
  package var identity = ""
  /// Folder to write the trained PEFT adapter to, if one is trained.
  package var adapterFolder: String?
  /// Called after each step with its measurements; an error stops the run.
  package var report: (UnlearningStep) throws -> Void

  package init(
    name: String, configuration: DecoderConfiguration, base: any Checkpoint, forget: [TokenCorpus],
    retain: [TokenCorpus], engine: any Engine = engines[0],
    random: RandomSource, report: @escaping (UnlearningStep) throws -> Void = { _ in }
  ) {
    self.name = name
    self.configuration = configuration
    self.base = base
    self.forget = forget
    self.retain = retain
    self.engine = engine
    self.random = random
    self.report = report
  }
}

extension UnlearningJob {
  /// Throws if a token is outside the model's vocabulary.
  func checkTokens() throws {
    let vocabulary = configuration.vocabularySize
    for token in (forget + retain).lazy.flatMap({ $0.rows + ($0.alternates ?? []).map(\.ids) })
      .joined()
    where !(0..<vocabulary).contains(Int(token)) {
      throw UnlearningError.tokenOutOfRange(part: name, token: Int(token), vocabulary: vocabulary)
    }
  }
}

/// One optimisation step as it is logged.
package struct UnlearningStep: Sendable, Codable, Hashable {
  /// Counted from 0.
  package var step: Int
  /// Maximum number of steps in the run.
  package var steps: Int
  /// Domain whose batch was used; all of them where batches mix them.
  package var domain: String
  package var forgetLoss: Double
  /// With its coefficient.
  package var retainLoss: Double
  /// Mean cosine between the updated and the frozen model's hidden states of forget and retain text.
  package var forgetCosine: Double?
  package var retainCosine: Double?
  /// Mean norm of the hidden states of forget and retain text, in the updated and the frozen model.
  package var forgetNorm: Double?
  package var frozenForgetNorm: Double?
  package var retainNorm: Double?
  package var frozenRetainNorm: Double?
  /// Norm of the steering vector.
  package var steeringNorm: Double?
  /// Global gradient norm before clipping.
  package var gradientNorm: Double?
  package var learningRate: Double
  /// Tokens of both batches.
  package var tokens: Int
}

/// A training state on disk and how often to write it.
package struct TrainingStateFile: Sendable, Hashable {
  package var path: String
  /// Steps between two writes.
  package var interval: Int

  package init(path: String, interval: Int) {
    precondition(interval > 0, "an interval of \(interval) steps")
    self.path = path
    self.interval = interval
  }
}

/// Why unlearning failed.
package enum UnlearningError: ExitingError, CustomStringConvertible, Equatable {
  case noText(part: String, corpus: String)
  case layerOutOfRange(Int, count: Int)
  case countMismatch(setting: String, given: Int, domains: Int)
  case nonFinite(part: String, step: Int, quantity: String, value: String, remedy: String)
  case tokenOutOfRange(part: String, token: Int, vocabulary: Int)
  case invalidID(file: String, line: Int, id: Int)
  case noEndToken
  case controlVectors(file: String, reason: String)
  case noAlternate(file: String, line: Int, column: String, reason: String)
  case noAlternates(part: String)

  package var blame: Blame {
    if case .nonFinite = self { .run } else { .input }
  }

  package var description: String {
    switch self {
    case .noText(let part, let corpus):
      "part '\(part.shown())': the \(corpus) corpus has no text; give it at least one non-empty document"
    case .layerOutOfRange(let layer, let count):
      "layer \(layer) is outside the model's \(count) layers; choose 0…\(count - 1) for layer and trainedLayers"
    case .countMismatch(let setting, let given, let domains):
      given == 0
        ? "\(setting) is missing; give one, or one for each of \(domains) domains"
        : "\(setting) has \(given) values for \(domains) domains; give one, or one for each"
    case .nonFinite(let part, let step, let quantity, let value, let remedy):
      "part '\(part.shown())', step \(step): \(quantity) is \(value); \(remedy). Nothing was written"
    case .tokenOutOfRange(let part, let token, let vocabulary):
      "part '\(part.shown())': token id \(token) is outside the vocabulary of \(vocabulary)"
    case .invalidID(let file, let line, let id):
      "\(file.shown(limit: 500)):\(line): \(id) is not a valid token id"
    case .noEndToken:
      "the model has no end-of-text token; set training.appendEnd to false"
    case .controlVectors(let file, let reason):
      "\(file.shown(limit: 500)): \(reason); controlVectors wants a safetensors file with 'control_vectors' "
        + "[domains, hidden]"
    case .noAlternate(let file, let line, let column, let reason):
      "\(file.shown(limit: 500)):\(line): \(reason); the method learns to say what is in the column "
        + "'\(column.shown())' instead of the text: fill it in, or name another column with the setting 'alternate'"
    case .noAlternates(let part):
      "part '\(part.shown())': its texts have no alternates; read them from documents with the column that the "
        + "setting 'alternate' names"
    }
  }
}
