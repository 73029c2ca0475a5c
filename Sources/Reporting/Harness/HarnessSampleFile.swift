package import Evaluation
package import Formats
import Foundation
import PythonText

/// The answers in a `samples_*.jsonl` of lm-evaluation-harness, ours or its own.
package struct HarnessSampleFile: Sendable {
  /// One document with its answers.
  private struct Row: Sendable {
    var documentID: Int
    var document: Document
    /// What was asked for after the context; empty where a whole text or a free answer was.
    var continuations: [String]
    var answers: [LogLikelihoodAnswer]
    var texts: [String]
  }

  package let path: String
  /// Task that the file's name tells.
  package let task: String
  private let rows: [Row]

  /// - Throws: `ReadingError` where a row is not such a sample.
  package init(path: String) throws(ReadingError) {
    self.path = path
    task = Self.task(of: path)
    var rows: [Row] = []
    var known: Set<Int> = []
    for (index, columns) in try DocumentFile.read(path).enumerated() {
      guard let row = Self.row(columns) else {
        throw .malformed(
          path: path, line: index + 1, column: 1,
          problem:
            "not a sample of lm-evaluation-harness: doc_id, doc, arguments and resps are needed")
      }
      // Each filter has its own rows with the same answers.
      if known.insert(row.documentID).inserted { rows.append(row) }
    }
    self.rows = rows
  }

  /// `samples_arc_easy_2026-01-31T12-00-00.000001.jsonl` → `arc_easy`.
  package static func task(of path: String) -> String {
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let parts = name.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count > 2 else { return name }
    let task = parts[1..<(parts.count - 1)].joined(separator: "_")
    return FileName.text(task) ?? task
  }

  /// The results file that was written together with these samples.
  package var resultsPath: String {
    let url = URL(fileURLWithPath: path)
    let time = url.deletingPathExtension().lastPathComponent.split(separator: "_").last ?? ""
    return url.deletingLastPathComponent().appendingPathComponent("results_\(time).json").path
  }

  // MARK: Rows

  private static func row(_ columns: Document) -> Row? {
    guard let id = columns["doc_id"]?.integerValue, id >= 0,
      let document = columns["doc"]?.mappingValue, let responses = columns["resps"]?.items,
      let arguments = columns["arguments"]?.mappingValue, arguments.count == responses.count
    else { return nil }
    var row = Row(
      documentID: id, document: Document(document), continuations: [], answers: [], texts: [])
    for (argument, response) in zip(arguments.values, responses) {
      guard let answers = response.items, let first = answers.first else { return nil }
      let continuation = argument.mappingValue?["arg_1"]
      if continuation?.mappingValue != nil {
        row.texts += answers.map(\.text)
      } else {
        guard let answer = answer(first) else { return nil }
        row.answers.append(answer)
        if let continuation { row.continuations.append(continuation.text) }
      }
    }
    return row
  }

  /// `["-1.5", "False"]`, or `"-1.5"` for a whole text.
  private static func answer(_ value: Value) -> LogLikelihoodAnswer? {
    let parts = value.items ?? [value]
    guard let sum = parts.first.flatMap({ Double($0.text) }) else { return nil }
    return LogLikelihoodAnswer(
      logLikelihood: sum, isGreedy: parts.last?.text == "True", tokens: 0)
  }

  // MARK: Scoring

  /// The task over the documents in this file, which have been through `process_docs` already.
  ///
  /// Few-shot examples are left out of the prompts: answers are taken as given, whatever was asked.
  /// - Throws: `TaskError` if a document does not fit the task.
  package func evaluator(
    _ task: EvaluationTask, settings: EvaluationSettings
  ) throws(TaskError) -> Evaluator {
    var settings = settings
    settings.fewShot = 0
    settings.limit = nil
    return try Evaluator(
      task: task, documents: TaskDocuments(evaluated: rows.map(\.document)), settings: settings)
  }

  /// The stored answers as answers to the questions of `evaluator`, in its order.
  ///
  /// - Throws: `HarnessSampleError` if the scored continuations differ from the task's current ones.
  package func records(
    for evaluator: Evaluator
  ) throws(HarnessSampleError) -> [SampleRecord] {
    var records: [SampleRecord] = []
    for (question, row) in zip(evaluator.questions, rows) {
      if case .logLikelihoods(let requests) = question.requests,
        requests.map(\.continuation) != row.continuations
      {
        throw .otherContinuations(
          path: path, task: evaluator.task.name, document: row.documentID)
      }
      records.append(
        SampleRecord(
          task: evaluator.task.name, documentID: question.documentID, target: question.target,
          answers: row.answers, texts: row.texts, outcomes: [],
          promptDigest: question.promptDigest))
    }
    return records
  }

  /// Positions of the documents in the evaluated split, in the order of the file.
  package var documentIDs: [Int] { rows.map(\.documentID) }
}

/// Stored answers that do not fit a task's questions.
package enum HarnessSampleError: InputFailure, CustomStringConvertible, Equatable {
  case otherContinuations(path: String, task: String, document: Int)

  package var description: String {
    switch self {
    case .otherContinuations(let path, let task, let document):
      "\(path): the stored continuations of document \(document) differ from those of the task \(task.shown()) now; "
        + "score the model again"
    }
  }
}
