import Crypto
import Foundation
package import LanguageModels
package import Tensors

/// Every answer that one model gave in a work folder, found by the token ids of its question.
///
/// Answers are lines in `answers/<model>/<segment>/answers.jsonl`, on disk as soon as they are given. A process
/// appends to a segment of its own and reads all of them, so that several can score the same model at once.
package final class AnswerCache {
  /// What decides an answer besides the token ids.
  package struct Identity: Sendable, Hashable {
    /// Digest of weights and tokenizer.
    package var model: String
    /// With the engine's name, except on the CPU, and with how bfloat16 numbers are multiplied there.
    package var computeType: String
    /// Version of the harness that is followed.
    package var profile: String

    /// - Parameter engine: answers of the CPU have been kept without its name.
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

    /// Why no model can have answered so.
    var fault: String? {
      if let ids { return ids.allSatisfy { $0 >= 0 } ? nil : "a negative id" }
      guard let logLikelihood, isGreedy != nil else { return "no answer" }
      if logProbabilities?.count != distributions?.count { return "tokens without distributions" }
      return logLikelihood.isFinite && logLikelihood <= 0 ? nil : "no logarithm of a probability"
    }
  }

  private var scores: [String: ScoringAnswer] = [:]
  private var completions: [String: [Int32]] = [:]
  private let journal: SegmentedJournal<Row>

  /// Reads what earlier runs left.
  ///
  /// - Parameter progress: is told of answers that are not as they were written; they are asked for again.
  /// - Throws: `FileError`.
  package init(
    work: String, identity: Identity, progress: any ProgressSink = SilentProgress()
  ) throws {
    // The number rises when the arithmetic changes in more than its last bits.
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

  /// Key of a completion: its prompt and everything that decides where and how it goes on.
  static func key(_ task: GenerationTask) -> String {
    key(
      "generate \(task.maximumTokens) \(task.sampling.map { "\($0)" } ?? "greedy") \(task.stops)",
      task.endIDs.sorted(), task.prompt)
  }

  private static func key(_ kind: String, _ first: [Int32], _ second: [Int32]) -> String {
    var hash = SHA256()
    hash.update(data: Data(kind.utf8))
    for ids in [first, second] {
      // The count keeps the two lists apart.
      withUnsafeBytes(of: Int64(ids.count)) { hash.update(bufferPointer: $0) }
      ids.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return hash.finalize().prefix(16).hexadecimal
  }

  func score(_ key: String) -> ScoringAnswer? { scores[key] }

  func completion(_ key: String) -> [Int32]? { completions[key] }

  // MARK: Answers

  /// Puts an answer on disk.
  func keep(_ key: String, _ answer: ScoringAnswer) throws {
    let row = Row(key: key, answer)
    try journal.append(row)
    scores[key] = row.answer
  }

  func keep(_ key: String, _ ids: [Int32]) throws {
    try journal.append(Row(key: key, ids: ids))
    completions[key] = ids
  }

  /// Waits until everything kept is on the disk.
  package func flush() throws { try journal.flush() }
}
