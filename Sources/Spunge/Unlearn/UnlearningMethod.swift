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

  /// Tokens of all batches that a run on these corpora takes.
  func plannedTokens(forget: [TokenCorpus], retain: [TokenCorpus]) -> Int
  /// Operations for each of these tokens, for a network of so many parameters in its blocks.
  func costPerToken(parameters: Int, layers: Int) -> Double
}

/// Every unlearning method, by name.
package let unlearningMethods = Catalog<any UnlearningMethod>(
  of: "unlearning method",
  [
    .init(RMU.self)
  ])

/// Tokenised documents of one domain or corpus, in file order.
package struct TokenCorpus: Sendable {
  package var name: String
  /// One row of ids a document, with the special tokens that the model expects.
  package var rows: [[Int32]]

  package init(name: String, rows: [[Int32]]) {
    self.name = name
    self.rows = rows.filter { !$0.isEmpty }
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
  /// Called after each step with what it measured; an error stops the run.
  package var report: (UnlearningStep) throws -> Void

  package init(
    name: String, configuration: LlamaConfiguration, base: any Checkpoint, forget: [TokenCorpus],
    retain: [TokenCorpus], backend: any ComputeBackend = OpenBLASBackend(),
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
  package var forgetCosine: Double
  package var retainCosine: Double
  /// Tokens of both batches.
  package var tokens: Int
}

/// Why unlearning stopped without a result.
package enum UnlearningError: Error, CustomStringConvertible, Equatable {
  case noText(part: String, corpus: String)
  case layerOutOfRange(Int, count: Int)
  case countMismatch(setting: String, given: Int, domains: Int)
  case nonFinite(part: String, step: Int, quantity: String, value: String)
  case tokenOutOfRange(part: String, token: Int, vocabulary: Int)
  case invalidID(file: String, line: Int, id: Int)
  case controlVectors(file: String, reason: String)

  package var description: String {
    switch self {
    case .noText(let part, let corpus):
      "part '\(part)': the \(corpus) corpus has no text; give it at least one non-empty document"
    case .layerOutOfRange(let layer, let count):
      "layer \(layer) is outside the model's \(count) layers; choose 0…\(count - 1)"
    case .countMismatch(let setting, let given, let domains):
      "\(setting) has \(given) values for \(domains) domains; give one, or one for each"
    case .nonFinite(let part, let step, let quantity, let value):
      "part '\(part)', step \(step): \(quantity) is \(value); "
        + "lower learningRate or steeringCoefficient. Nothing was written"
    case .tokenOutOfRange(let part, let token, let vocabulary):
      "part '\(part)': token id \(token) is outside the vocabulary of \(vocabulary)"
    case .invalidID(let file, let line, let id):
      "\(file):\(line): \(id) is no token id"
    case .controlVectors(let file, let reason):
      "\(file): \(reason); controlVectors wants a safetensors file with 'control_vectors' "
        + "[domains, hidden]"
    }
  }
}
