import Crypto
import Foundation
package import LanguageModels
package import Tensors

/// A model's cached responses in a work folder, by the token ids of their questions.
///
/// Responses are lines in `answers/<model>/<segment>/answers.jsonl`, written as they arrive. A process appends to its
/// own segment and reads all of them, so that several processes can score the same model at once.
package final class AnswerCache {
  /// Everything that determines a response besides the token ids.
  package struct Identity: Sendable, Hashable {
    /// Digest of weights and tokenizer.
    package var model: String
    /// With the engine's name, except for the CPU engine, and with the kind of its bfloat16 products.
    package var computeType: String
    /// Version of the harness to follow.
    package var profile: String

    /// - Parameter engine: the CPU engine's responses are cached without its name, as in earlier versions.
    package init(
      model: String, engine: any Engine = engines[0], computeType: ComputeType, profile: String
    ) {
      let type =
        switch (engine.name, computeType) {
        case ("cpu", .float32): computeType.rawValue
        case ("cpu", .bfloat16): "\(computeType.rawValue) \(BFloat16Products.current.rawValue)"
        default: "\(engine.name) \(computeType.rawValue)"
        }
      self.init(model: model, computeType: type, profile: profile)
    }

    package init(model: String, computeType: String, profile: String) {
      self.model = model
      self.computeType = computeType
      self.profile = profile
    }
  }

  private struct Row: Codable, Equatable {
    /// Digest of the question.
    var key: String
    var logLikelihood: Double?
    var isGreedy: Bool?
    /// Generated ids.
    var ids: [Int32]?
    /// Of each token, where distributions were asked for.
    var logProbabilities: [Double]?
    var distributions: [TokenDistribution]?

    init(key: String, ids: [Int32]) {
      self.key = key
      self.ids = ids
    }

    init(key: String, _ answer: ScoringAnswer) {
      self.key = key
      logLikelihood = answer.logLikelihood
      isGreedy = answer.isGreedy
      // Only what was asked for is kept: the key says which.
      if !answer.distributions.isEmpty {
        logProbabilities = answer.logProbabilities
        distributions = answer.distributions
      }
    }

    /// The answer to a scoring request.
    var answer: ScoringAnswer? {
      guard let logLikelihood, let isGreedy else { return nil }
      return ScoringAnswer(
        logLikelihood: logLikelihood, isGreedy: isGreedy,
        logProbabilities: logProbabilities ?? [], distributions: distributions ?? [])
    }

    /// Why no model can have given this response.
    var fault: String? {
      if let ids { return ids.allSatisfy { $0 >= 0 } ? nil : "a negative id" }
      guard let logLikelihood, isGreedy != nil else { return "no answer" }
      if logProbabilities?.count != distributions?.count { return "tokens without distributions" }
      return logLikelihood.isFinite && logLikelihood <= 0
        ? nil : "not the logarithm of a probability"
    }
  }

  private var scores: [String: ScoringAnswer] = [:]
  private var completions: [String: [Int32]] = [:]
  private let journal: SegmentedJournal<Row>

  /// Reads the responses of earlier runs.
  ///
  /// - Parameter progress: receives notes about damaged responses, whose questions are asked again.
  /// - Throws: `FileError`.
  package init(
    work: String, identity: Identity, progress: any ProgressSink = SilentProgress()
  ) throws {
    // Increase the number whenever the arithmetic changes in more than its last bits.
    let digest = SHA256.hash(
      data: Data("2\u{0}\(identity.model)\u{0}\(identity.computeType)\u{0}\(identity.profile)".utf8)
    )
    let folder = "\(work)/answers/\(digest.hexadecimal.prefix(32))"
    journal = try SegmentedJournal(
      folder: folder, name: "answers.jsonl",
      reading: .init(key: { $0.key }, fault: \.fault), progress: progress)
    journal.takeRecords().forEach(add)
  }

  private func add(_ row: Row) {
    if let ids = row.ids {
      completions[row.key] = ids
    } else {
      scores[row.key] = row.answer
    }
  }

  // MARK: Questions

  /// Key of a scoring request: its ids and how many of them are scored.
  static func key(_ request: ScoringRequest) -> String {
    key(
      request.tellsDistributions ? "distributions" : "score", [Int32(request.scored)],
      request.tokens)
  }

  /// Key of a completion: its prompt and everything that determines how it continues.
  static func key(_ task: GenerationTask) -> String {
    key(
      "generate \(task.maximumTokens) \(task.sampling.map { "\($0)" } ?? "greedy") \(task.stops)",
      task.endIDs.sorted(), task.prompt)
  }

  private static func key(_ kind: String, _ first: [Int32], _ second: [Int32]) -> String {
    var hash = SHA256()
    hash.update(data: Data(kind.utf8))
    for ids in [first, second] {
      // The count separates the two lists.
      withUnsafeBytes(of: Int64(ids.count)) { hash.update(bufferPointer: $0) }
      ids.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return hash.finalize().prefix(16).hexadecimal
  }

  func score(_ key: String) -> ScoringAnswer? { scores[key] }

  func completion(_ key: String) -> [Int32]? { completions[key] }

  // MARK: Answers

  /// Writes a response to disk.
  func keep(_ key: String, _ answer: ScoringAnswer) throws {
    let row = Row(key: key, answer)
    try journal.append(row)
    scores[key] = row.answer
  }

  func keep(_ key: String, _ ids: [Int32]) throws {
    try journal.append(Row(key: key, ids: ids))
    completions[key] = ids
  }

  /// Waits until all responses are on disk.
  package func flush() throws { try journal.flush() }
}
