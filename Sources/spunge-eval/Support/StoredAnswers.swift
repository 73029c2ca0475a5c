import Evaluation
import Formats
import Foundation
import Reporting

/// One model's answers to one task, found on disk.
struct StoredAnswers {
  enum Source {
    /// `samples/<model>/<task>.jsonl` of a results folder.
    case own([SampleRecord])
    case harness(HarnessSampleFile)
  }

  let model: String
  let task: String
  let source: Source
  /// The file.
  let path: String
  /// Number of few-shot examples in the prompts, if results beside the answers record it.
  let fewShot: Int?

  /// All answers in a results folder, in a model's output folder of the harness, or in one file.
  ///
  /// - Throws: `StoredAnswersError`, `InputError`, `TaskError`.
  static func find(_ path: String) throws -> [StoredAnswers] {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw InputError.unreadable(path: path, reason: "there is no such file or folder")
    }
    if !isFolder.boolValue { return [try harness(path)] }
    let names = try files.contentsOfDirectory(atPath: path).sorted()
    let found =
      names.contains("samples")
      ? try own(path) : try latest(names).map { try harness("\(path)/\($0)") }
    if found.isEmpty { throw StoredAnswersError.nothing(path: path) }
    return found
  }

  /// The newest samples of each task; names end with the time.
  private static func latest(_ names: [String]) -> [String] {
    var newest: [Substring: String] = [:]
    for name in names where name.hasPrefix("samples_") && name.hasSuffix(".jsonl") {
      newest[name.prefix(upTo: name.lastIndex(of: "_") ?? name.endIndex)] = name
    }
    return newest.values.sorted()
  }

  private static func harness(_ path: String) throws -> StoredAnswers {
    let file = try HarnessSampleFile(path: path)
    let scores = try? HarnessReader.scores(path: file.resultsPath)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().lastPathComponent
    return StoredAnswers(
      model: scores?.first?.model ?? folder, task: file.task, source: .harness(file), path: path,
      fewShot: scores?.first { $0.task == file.task }?.fewShot)
  }

  private static func own(_ folder: String) throws -> [StoredAnswers] {
    let files = FileManager.default
    let scoresFile = "\(folder)/scores.jsonl"
    let scores =
      files.fileExists(atPath: scoresFile)
      ? try JSONLinesInput(path: scoresFile).rows(ScoreRecord.self) : []
    var found: [StoredAnswers] = []
    for model in try files.contentsOfDirectory(atPath: "\(folder)/samples").sorted() {
      let names = try files.contentsOfDirectory(atPath: "\(folder)/samples/\(model)").sorted()
      for name in names where name.hasSuffix(".jsonl") {
        let path = "\(folder)/samples/\(model)/\(name)"
        let rows = try JSONLinesInput(path: path).rows(SampleRecord.self)
        let stem = String(name.dropLast(".jsonl".count))
        let task = rows.first?.task ?? FileName.text(stem) ?? stem
        let scored = scores.first { $0.model.fileName == model && $0.task == task }
        found.append(
          StoredAnswers(
            model: scored?.model ?? FileName.text(model) ?? model, task: task, source: .own(rows),
            path: path, fewShot: scored?.fewShot))
      }
    }
    return found
  }

  /// Scores the stored answers by the current task.
  ///
  /// - Parameter load: loads the task's documents, for answers stored without them.
  func rescored(
    _ task: EvaluationTask, settings: EvaluationSettings,
    load: (EvaluationSettings) throws -> TaskDocuments
  ) throws -> HarnessRun.ScoredTask {
    var settings = settings
    settings.fewShot = settings.fewShot ?? fewShot
    let evaluator: Evaluator
    let stored: [SampleRecord]
    switch source {
    case .harness(let file):
      evaluator = try file.evaluator(task, settings: settings)
      stored = try file.records(for: evaluator)
    case .own(let records):
      settings.chosenDocuments = Set(records.map(\.documentID))
      evaluator = try Evaluator(task: task, documents: try load(settings), settings: settings)
      stored = records
    }
    try checkPrompts(stored, evaluator)
    var samples = try evaluator.rescore(stored)
    if case .harness(let file) = source {
      for (index, id) in file.documentIDs.enumerated() { samples[index].documentID = id }
    }
    var scores = evaluator.scoreRecords(samples, model: model)
    for index in scores.indices { scores[index].fewShot = fewShot ?? scores[index].fewShot }
    return HarnessRun.ScoredTask(
      evaluator: evaluator, samples: samples, scores: scores, splitCount: samples.count)
  }

  /// Checks that the stored answers were given to exactly these prompts.
  private func checkPrompts(_ stored: [SampleRecord], _ evaluator: Evaluator) throws {
    let known = Dictionary(
      stored.map { ($0.documentID, $0.promptDigest) }, uniquingKeysWith: { $1 })
    let others = evaluator.questions.count { known[$0.documentID] != $0.promptDigest }
    if others > 0 {
      throw StoredAnswersError.otherPrompts(
        path: path, count: others, total: evaluator.questions.count)
    }
  }
}

/// Stored answers that cannot be rescored.
enum StoredAnswersError: InputFailure, CustomStringConvertible {
  case nothing(path: String)
  case otherPrompts(path: String, count: Int, total: Int)

  var description: String {
    switch self {
    case .nothing(let path):
      "\(path) has no stored answers, neither samples/<model>/<task>.jsonl nor samples_<task>_<time>.jsonl; "
        + "'score' writes them with --output, or with --output-path and --log-samples"
    case .otherPrompts(let path, let count, let total):
      "\(path.shown(limit: 500)): \(count) of \(total) prompts differ from those that were answered; use the same "
        + "--num-fewshot, --seed, --gen-kwargs and data; answers to chat prompts or prompts with dropped "
        + "examples can only be rescored from files written by --log-samples"
    }
  }
}
