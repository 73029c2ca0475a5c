import Crypto
package import Evaluation
import Foundation

/// A classifier whose classifications are cached in the work folder by text.
///
/// Classifications are lines in `judgements/<classifier>/<segment>/judgements.jsonl`, written as they arrive. The
/// network is loaded at the first text without one.
package final class JudgedTexts: TextClassifier {
  private struct Row: Codable, Equatable {
    /// Digest of the text; nil in the row with the labels.
    var key: String?
    var labels: [String]?
    var logits: [Float]?
    var probabilities: [Double]?
    var truncatedTokens: Int?

    /// Why no classifier can have given this answer.
    var fault: String? {
      if let labels { return labels.isEmpty ? "no labels" : nil }
      guard key != nil, let logits, let probabilities else { return "no judgement" }
      let isSound =
        logits.allSatisfy(\.isFinite) && probabilities.allSatisfy(\.isFinite)
        && (truncatedTokens ?? 0) >= 0
      return isSound ? nil : "not finite"
    }
  }

  package let labels: [String]
  private let journal: SegmentedJournal<Row>
  private let open: () throws -> any TextClassifier
  private let progress: any ProgressSink
  private var loaded: (any TextClassifier)?
  private var known: [String: Classification] = [:]
  /// Number of texts with cached classifications, and of all texts.
  package private(set) var reused = (answers: 0, questions: 0)
  /// Number of texts so far that were truncated at the end.
  package private(set) var truncatedTexts = 0

  /// Reads the classifications of earlier runs.
  ///
  /// - Parameters:
  ///   - work: the work folder.
  ///   - identity: digest of everything that determines a classification besides the text.
  ///   - open: loads the network; called at most once, if a text has no cached classification.
  /// - Throws: `FileError`, what `open` throws.
  package init(
    work: String, identity: String, progress: any ProgressSink = SilentProgress(),
    open: @escaping () throws -> any TextClassifier
  ) throws {
    // Increase the number whenever the arithmetic changes in more than its last bits.
    let digest = SHA256.hash(data: Data("1\u{0}\(identity)".utf8)).hexadecimal.prefix(32)
    journal = try SegmentedJournal(
      folder: "\(work)/judgements/\(digest)", name: "judgements.jsonl",
      reading: .init(key: { $0.key ?? "labels" }, fault: \.fault), progress: progress)
    let rows = journal.takeRecords()
    for row in rows {
      guard let key = row.key, let logits = row.logits, let probabilities = row.probabilities
      else { continue }
      known[key] = Classification(
        logits: logits, probabilities: probabilities, truncatedTokens: row.truncatedTokens ?? 0)
    }
    self.open = open
    self.progress = progress
    if let labels = rows.lazy.compactMap(\.labels).first {
      self.labels = labels
    } else {
      let classifier = try open()
      labels = classifier.labels
      loaded = classifier
      try journal.append(Row(labels: labels))
    }
  }

  private func network() throws -> any TextClassifier {
    if let loaded { return loaded }
    let classifier = try open()
    loaded = classifier
    return classifier
  }

  package func classify(
    _ texts: [String], receive: (Int, Classification) throws -> Void
  ) throws {
    var unknown: [(index: Int, key: String)] = []
    for (index, text) in texts.enumerated() {
      let key = SHA256.hash(data: Data(text.utf8)).prefix(16).hexadecimal
      if let judgement = known[key] {
        truncatedTexts += judgement.truncatedTokens > 0 ? 1 : 0
        try receive(index, judgement)
      } else {
        unknown.append((index, key))
      }
    }
    reused.answers += texts.count - unknown.count
    reused.questions += texts.count
    guard !unknown.isEmpty else { return }
    var done = 0
    try network().classify(unknown.map { texts[$0.index] }) { position, judgement in
      let (index, key) = unknown[position]
      guard (judgement.probabilities + judgement.logits.map(Double.init)).allSatisfy(\.isFinite)
      else { throw ToxicityError.notFinite(text: texts[index]) }
      try journal.append(
        Row(
          key: key, logits: judgement.logits, probabilities: judgement.probabilities,
          truncatedTokens: judgement.truncatedTokens > 0 ? judgement.truncatedTokens : nil))
      known[key] = judgement
      truncatedTexts += judgement.truncatedTokens > 0 ? 1 : 0
      try receive(index, judgement)
      done += 1
      progress.report(step: "classify", done: done, total: unknown.count, unit: "texts")
    }
    try journal.flush()
  }
}
