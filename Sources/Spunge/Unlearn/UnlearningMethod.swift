package import Formats
package import LanguageModels
package import Tensors

/// Makes a model forget one part of the forget data; its stored properties are its hyperparameters.
///
/// To add one: a file in `Methods/`, a line in `unlearningMethods`, a test.
package protocol UnlearningMethod: CatalogMethod {
  /// Unlearns `job.forget`.
  /// - Returns: what changed in the base's parameters.
  /// - Throws: `UnlearningError`, and what reading the base throws; nothing has been written then.
  func unlearn(_ job: UnlearningJob) throws -> ParameterDelta
  /// Throws what `unlearn` would throw before its first step; computes nothing.
  func check(_ job: UnlearningJob) throws

  /// Files and folders that the settings name and the result depends on.
  var inputFiles: [String] { get }
  /// Tokens of all batches that a run on these corpora takes.
  func plannedTokens(forget: [TokenCorpus], retain: [TokenCorpus]) -> Int
  /// Operations for each of these tokens, for a network of so many parameters in its blocks.
  func costPerToken(parameters: Int, layers: Int) -> Double
  /// Elements of the parameters that a run changes: four bytes each in a delta on disk.
  func changedCount(_ configuration: LlamaConfiguration) -> Int
  /// Memory that a run needs, and how it is arranged within a budget in bytes; `nil` where there is no choice.
  /// - Throws: `TrainingPlanError` when no arrangement fits.
  func memoryPlan(
    _ configuration: LlamaConfiguration, forget: [TokenCorpus], retain: [TokenCorpus], budget: Int?
  ) throws -> TrainingPlan?
}

extension UnlearningMethod {
  package var inputFiles: [String] { [] }

  package func memoryPlan(
    _ configuration: LlamaConfiguration, forget: [TokenCorpus], retain: [TokenCorpus], budget: Int?
  ) throws -> TrainingPlan? { nil }
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
  ])

/// Tokenised documents of one domain or corpus, in file order.
package struct TokenCorpus: Sendable {
  package var name: String
  /// One row of ids a document, with the special tokens that the model expects.
  package var rows: [[Int32]]
  /// For each row the index of the first token after its prompt; 0 where it has none.
  package var completionStarts: [Int]

  /// - Parameter completionStarts: 0 for every row by default.
  package init(name: String, rows: [[Int32]], completionStarts: [Int]? = nil) {
    let kept = rows.indices.filter { !rows[$0].isEmpty }
    self.name = name
    self.rows = kept.map { rows[$0] }
    self.completionStarts = kept.map { completionStarts?[$0] ?? 0 }
  }

  /// Consecutive batches of `size` rows cut to `length` tokens; a last, incomplete batch is kept.
  func batches(of size: Int, length: Int) -> [TokenBatch] {
    stride(from: 0, to: rows.count, by: size).map { first in
      TokenBatch(rows[first..<min(first + size, rows.count)].map { Array($0.prefix(length)) })
    }
  }
}

/// One unlearning run: a base model and what it is to forget and to retain.
package struct UnlearningJob {
  /// Names the part, for messages and random streams.
  package var name: String
  package var configuration: LlamaConfiguration
  package var base: any Checkpoint
  /// One corpus for each domain.
  package var forget: [TokenCorpus]
  /// One corpus for each domain, or one for all.
  package var retain: [TokenCorpus]
  package var backend: any ComputeBackend
  package var random: RandomSource
  /// How training trades memory for time.
  package var memory = TrainingMemory.fastest
  /// Where the training state is kept, so that an interrupted run can be taken up.
  package var state: TrainingStateFile?
  /// Base and method, as digests or text: the training state of another run is refused.
  package var identity = ""
  /// Folder to write the trained PEFT adapter to, where one is trained.
  package var adapterFolder: String?
  /// Called after each step with what it measured; an error stops the run.
  package var report: (UnlearningStep) throws -> Void

  package init(
    name: String, configuration: LlamaConfiguration, base: any Checkpoint, forget: [TokenCorpus],
    retain: [TokenCorpus], backend: any ComputeBackend = CPUBackend(),
    random: RandomSource, report: @escaping (UnlearningStep) throws -> Void = { _ in }
  ) {
    self.name = name
    self.configuration = configuration
    self.base = base
    self.forget = forget
    self.retain = retain
    self.backend = backend
    self.random = random
    self.report = report
  }
}

extension UnlearningJob {
  /// Throws where a token is not one of the model's.
  func checkTokens() throws {
    let vocabulary = configuration.vocabularySize
    for token in (forget + retain).lazy.flatMap(\.rows).joined()
    where !(0..<vocabulary).contains(Int(token)) {
      throw UnlearningError.tokenOutOfRange(part: name, token: Int(token), vocabulary: vocabulary)
    }
  }
}

/// One optimisation step as it is logged.
package struct UnlearningStep: Sendable, Codable, Hashable {
  /// Counted from 0.
  package var step: Int
  /// Most steps the run will take.
  package var steps: Int
  /// Domain whose batch was used.
  package var domain: String
  package var forgetLoss: Double
  /// With its coefficient.
  package var retainLoss: Double
  /// Mean cosine between the updated and the frozen model's hidden states of forget and retain text.
  package var forgetCosine: Double?
  package var retainCosine: Double?
  /// Mean length of the hidden states of forget and retain text, in the updated and the frozen model.
  package var forgetNorm: Double?
  package var frozenForgetNorm: Double?
  package var retainNorm: Double?
  package var frozenRetainNorm: Double?
  /// Length of the steering vector.
  package var steeringNorm: Double?
  /// Of all trained parameters together, before clipping.
  package var gradientNorm: Double?
  package var learningRate: Double
  /// Tokens of both batches.
  package var tokens: Int
}

/// What `tokens` says of each step, together.
///
/// Of more than 10,000 steps the first ones stand for all.
func plannedTotal(steps: Int, tokens: (Int) -> Int) -> Int {
  let counted = min(steps, 10_000)
  let sum = (0..<counted).reduce(0) { $0 + tokens($1) }
  guard counted < steps else { return sum }
  return Int(min(Double(sum) * Double(steps) / Double(counted), 1e15))
}

/// A training state on disk, and how often it is written.
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

/// Why unlearning stopped without a result.
package enum UnlearningError: ExitingError, CustomStringConvertible, Equatable {
  case noText(part: String, corpus: String)
  case layerOutOfRange(Int, count: Int)
  case countMismatch(setting: String, given: Int, domains: Int)
  case nonFinite(part: String, step: Int, quantity: String, value: String)
  case tokenOutOfRange(part: String, token: Int, vocabulary: Int)
  case invalidID(file: String, line: Int, id: Int)
  case noEndToken
  case controlVectors(file: String, reason: String)

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
        ? "\(setting) is missing; give it once, or once for each of \(domains) domains"
        : "\(setting) has \(given) values for \(domains) domains; give one, or one for each"
    case .nonFinite(let part, let step, let quantity, let value):
      "part '\(part.shown())', step \(step): \(quantity) is \(value); "
        + "lower learningRate or steeringCoefficient. Nothing was written"
    case .tokenOutOfRange(let part, let token, let vocabulary):
      "part '\(part.shown())': token id \(token) is outside the vocabulary of \(vocabulary)"
    case .invalidID(let file, let line, let id):
      "\(file):\(line): \(id) is no token id"
    case .noEndToken:
      "the model names no end-of-text token; set training.appendEnd to false"
    case .controlVectors(let file, let reason):
      "\(file): \(reason); controlVectors wants a safetensors file with 'control_vectors' "
        + "[domains, hidden]"
    }
  }
}
