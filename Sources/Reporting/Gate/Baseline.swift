import Formats
import Crypto
package import Evaluation
package import Foundation

/// Scores to compare later runs with, and their provenance.
package struct Baseline: Sendable, Codable, Hashable {
  /// Version of this format.
  package var schema = 1
  package var name: String
  /// The first rule that covers a row applies; rows without a rule must not change.
  package var tolerances: [ToleranceRule]
  package var scores: [Score]
  package var provenance: Provenance

  /// One row of the baseline.
  package struct Score: Sendable, Codable, Hashable {
    package var model: String
    package var task: String
    package var metric: String
    package var filter: String
    /// `nil` if the run had no score, with the reason.
    package var value: Double?
    package var reason: String?
    package var standardError: Double?
    package var documents: Int
    package var fewShot: Int
    package var taskVersion: String
    package var higherIsBetter: Bool
    /// `0` or `1` for each document in order, for right/wrong metrics.
    package var answers: String?
    /// Digest of the documents' positions and prompts.
    package var questions: String?
  }

  /// Inputs and environment of the scores.
  package struct Provenance: Sendable, Codable, Hashable {
    package var updated: Date
    package var command: String
    /// The experiment with every default spelled out, YAML.
    package var experiment: String?
    package var seed: UInt64?
    /// File as the experiment names it → SHA-256.
    package var inputs: [String: String]
    package var versions: [String: String]
    package var machine: [String: String]
    package var gitRevision: String?

    package init(
      updated: Date, command: String, experiment: String? = nil, seed: UInt64? = nil,
      inputs: [String: String] = [:], versions: [String: String] = [:],
      machine: [String: String] = [:], gitRevision: String? = nil
    ) {
      self.updated = updated
      self.command = command
      self.experiment = experiment
      self.seed = seed
      self.inputs = inputs
      self.versions = versions
      self.machine = machine
      self.gitRevision = gitRevision
    }
  }

  /// - Parameters:
  ///   - records: the run's scores.
  ///   - samples: variant → its answered documents; right/wrong answers are kept for paired tests.
  package init(
    name: String, records: [ScoreRecord], samples: [String: [SampleRecord]],
    tolerances: [ToleranceRule], provenance: Provenance
  ) {
    self.name = name
    self.tolerances = tolerances
    self.provenance = provenance
    scores = records.map { record in
      let answers = BinaryAnswers(record, samples[record.model] ?? [])
      return Score(
        model: record.model, task: record.task, metric: record.metric, filter: record.filter,
        value: record.finiteValue, reason: record.finiteValue == nil ? record.reason : nil,
        standardError: record.standardError.flatMap { $0.isFinite ? $0 : nil },
        documents: record.documents, fewShot: record.fewShot, taskVersion: record.taskVersion,
        higherIsBetter: record.higherIsBetter, answers: answers?.text,
        questions: answers?.questions)
    }
  }

  func tolerance(_ score: Score) -> Tolerance {
    tolerances.first { $0.covers(task: score.task, metric: score.metric) }?.tolerance ?? .exact
  }

  // MARK: Files

  /// - Throws: `BaselineError`.
  package static func read(_ path: String) throws(BaselineError) -> Baseline {
    let data: Data
    do throws(ForeignFileFault) {
      data = Data(try ForeignBytes.whole(path: path, limit: 1 << 28))
    } catch {
      throw .unreadable(path: path, reason: error.problem)
    }
    let baseline: Baseline
    do { baseline = try JSON.decode(Baseline.self, from: data) } catch {
      throw .malformed(path: path, reason: DecodingFault.reason(error, in: data))
    }
    guard baseline.schema == 1 else {
      throw .malformed(
        path: path, reason: "schema \(baseline.schema); this program supports schema 1")
    }
    return baseline
  }

  /// The file's text: keys sorted, so that updates show as small differences.
  package var text: String {
    do {
      return try JSON.text(self)
    } catch {
      preconditionFailure("a baseline of finite numbers cannot be written as JSON: \(error)")
    }
  }
}

/// A score's documents as right or wrong.
struct BinaryAnswers {
  /// `0` or `1` for each document.
  let text: String
  /// Digest of the documents' positions and prompts.
  let questions: String

  /// - Returns: `nil` if a value is neither 0 nor 1, or if the values' mean is not the score.
  init?(_ record: ScoreRecord, _ samples: [SampleRecord]) {
    let documents = samples.filter { $0.task == record.task }
      .sorted { $0.documentID < $1.documentID }
    let values = documents.compactMap { $0.value(record.metric, filter: record.filter) }
    guard !values.isEmpty, values.count == documents.count,
      values.allSatisfy({ $0 == 0 || $0 == 1 }), let score = record.finiteValue,
      abs(values.reduce(0, +) / Double(values.count) - score) < 1e-9
    else { return nil }
    text = values.map { $0 == 1 ? "1" : "0" }.joined()
    var hash = SHA256()
    for document in documents {
      hash.update(data: Data("\(document.documentID) \(document.promptDigest)\n".utf8))
    }
    questions = hash.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}

/// A baseline that cannot be used.
package enum BaselineError: InputFailure, CustomStringConvertible, Equatable {
  case unreadable(path: String, reason: String)
  case malformed(path: String, reason: String)
  case noScores(path: String)

  package var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): cannot be read: \(reason.shown(limit: 600)); write it with 'spunge-eval baseline update RUN --baseline \(path)'"
    case .malformed(let path, let reason):
      "\(path): not a baseline: \(reason.shown(limit: 600)); write one with 'spunge-eval baseline update'"
    case .noScores(let path):
      "\(path) has no scores; finish the run first"
    }
  }
}
