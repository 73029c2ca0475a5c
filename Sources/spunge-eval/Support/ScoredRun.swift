import Evaluation
import Formats
import Foundation
import Reporting
import Spunge

/// Scores and answered documents on disk, in our layout or that of lm-evaluation-harness.
struct ScoredRun {
  let path: String
  let scores: [ScoreRecord]
  /// Variant → its documents.
  let samples: [String: [SampleRecord]]
  /// Classified completions of our own runs.
  let completions: [CompletionRecord]
  /// How the completions were made and classified.
  let toxicity: ToxicityRecipeFile?
  /// The run's manifest, if it has one.
  let manifest: Manifest?
  /// The grid that the run belongs to, if any.
  let grid: GridRecord?

  /// - Parameter path: a results folder, a model's folder of the harness, a `results_*.json` or a
  ///   `samples_*.jsonl`.
  /// - Throws: `InputError`, `TaskError`, `StoredAnswersError`.
  init(path: String) throws {
    self.path = path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw InputError.unreadable(path: path, reason: "there is no such file or folder")
    }
    let folder = isFolder.boolValue ? path : path.parentFolder
    if isFolder.boolValue, FileManager.default.fileExists(atPath: "\(path)/scores.jsonl") {
      let own = try ResultsFolders([path])
      (scores, samples, manifest) = (own.scores, own.samples, own.manifests.first?.manifest)
      completions = own.completions
      toxicity = try Self.toxicity("\(path)/toxicity.json")
      grid = try Self.grid("\(path)/\(GridRecord.fileName)")
      return
    }
    (manifest, grid, toxicity, completions) = (nil, nil, nil, [])
    if path.hasSuffix(".jsonl") {
      (scores, samples) = try Self.harness(samplesFiles: [path])
      return
    }
    let names =
      try FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder).sorted()
    let results =
      isFolder.boolValue
      ? names.last { $0.hasPrefix("results_") && $0.hasSuffix(".json") }.map { "\(folder)/\($0)" }
      : path
    guard let results else { throw StoredAnswersError.nothing(path: path) }
    scores = try HarnessReader.scores(path: results)
    let stem = ((results as NSString).lastPathComponent as NSString).deletingPathExtension
    let time = stem.hasPrefix("results_") ? stem.dropFirst("results_".count) : ""
    let files = names.filter { $0.hasPrefix("samples_") && $0.hasSuffix("_\(time).jsonl") }
    let model = scores.first?.model ?? "model"
    samples = [
      model: try files.flatMap { name in
        try Self.harnessSamples("\(folder.isEmpty ? "." : folder)/\(name)")
      }
    ]
  }

  private static func grid(_ path: String) throws -> GridRecord? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do { return try GridRecord.read(path) } catch {
      throw InputError.unreadable(path: path, reason: "it is not the record of a grid (\(error))")
    }
  }

  private static func toxicity(_ path: String) throws -> ToxicityRecipeFile? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do { return try ToxicityRecipeFile.read(path) } catch {
      throw InputError.unreadable(
        path: path, reason: "it does not record how completions were classified (\(error))")
    }
  }

  private static func harnessSamples(_ path: String) throws(ReadingError) -> [SampleRecord] {
    try HarnessSampleFile.scored(path: path, task: HarnessSampleFile.task(of: path))
  }

  /// For samples without a results file, the scores are their pooled metrics.
  private static func harness(
    samplesFiles: [String]
  ) throws -> ([ScoreRecord], [String: [SampleRecord]]) {
    var scores: [ScoreRecord] = []
    var samples: [SampleRecord] = []
    for path in samplesFiles {
      let records = try harnessSamples(path)
      let task = HarnessSampleFile.task(of: path)
      samples += records
      for outcome in records.first?.outcomes ?? [] {
        for metric in Metric.all where outcome.metrics[metric.name] != nil {
          let pooled = metric.pool(records, filter: outcome.filter, bootstrapIterations: 100)
          scores.append(
            ScoreRecord(
              model: path, task: task, metric: metric.name, filter: outcome.filter,
              value: pooled.value, standardError: pooled.standardError, documents: records.count,
              higherIsBetter: metric.higherIsBetter, reason: pooled.reason))
        }
      }
    }
    return (scores, [samplesFiles.first ?? "": samples])
  }

  /// Rows of the table, in order.
  var models: [String] {
    var names: [String] = []
    for score in scores where !names.contains(score.model) { names.append(score.model) }
    return names
  }

  /// One row of the table with its documents.
  func variant(_ model: String) -> ScoredVariant {
    ScoredVariant(
      name: model, scores: scores.filter { $0.model == model }, samples: samples[model] ?? [])
  }
}

extension ScoredVariant {
  /// The row given by `text`: a run with one row, or `RUN:ROW`.
  ///
  /// - Throws: `InputError` if the run has several rows and `text` names none.
  init(named text: String) throws {
    if FileManager.default.fileExists(atPath: text) {
      let run = try ScoredRun(path: text)
      guard run.models.count == 1, let model = run.models.first else {
        throw InputError.unreadable(
          path: text,
          reason: "it has \(run.models.count) rows; choose one: "
            + run.models.map { "\(text):\($0)" }.joined(separator: ", "))
      }
      self = run.variant(model)
      return
    }
    guard let colon = text.lastIndex(of: ":") else {
      throw InputError.unreadable(path: text, reason: "there is no such file or folder")
    }
    let run = try ScoredRun(path: String(text[..<colon]))
    let model = String(text[text.index(after: colon)...])
    guard run.models.contains(model) else {
      throw InputError.unreadable(
        path: run.path,
        reason: "it has no row '\(model)'; rows: \(run.models.joined(separator: ", "))")
    }
    self = run.variant(model)
  }
}
