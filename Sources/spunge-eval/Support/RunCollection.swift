import Evaluation
import Formats
import Foundation
import Reporting
import Spunge

/// Combines several results folders of one experiment; shared rows must be identical.
struct RunCollection {
  private struct Key: Hashable {
    let model, task, metric, filter: String

    init(_ score: ScoreRecord) {
      (model, task, metric, filter) = (score.model, score.task, score.metric, score.filter)
    }
  }

  private(set) var scores: [ScoreRecord] = []
  private(set) var samples: [String: [SampleRecord]] = [:]
  /// Row and source → completions of its prompts.
  private var completions: [[String]: (records: [CompletionRecord], path: String)] = [:]
  /// How completions were made and judged.
  private var recipe: ToxicityRecipeFile?
  private var manifests: [Manifest] = []
  private var grids: [(record: GridRecord, path: String)] = []
  private var places: [Key: (score: ScoreRecord, path: String)] = [:]

  /// - Throws: `CollectError` if folders contradict each other or shards are missing.
  init(_ folders: [String]) throws {
    for folder in folders { try add(try ScoredRun(path: folder)) }
    guard let shard = grids.first?.record.shard else { return }
    let missing = Set(1...shard.count).subtracting(grids.compactMap { $0.record.shard?.number })
    if !missing.isEmpty {
      throw CollectError.missingShards(missing.sorted().map { "\($0)/\(shard.count)" })
    }
  }

  /// Rows, in order of first appearance.
  var models: [String] {
    var names: [String] = []
    for score in scores where !names.contains(score.model) { names.append(score.model) }
    return names
  }

  private mutating func add(_ run: ScoredRun) throws(CollectError) {
    try checkExperiment(run)
    for score in run.scores {
      if let known = places[Key(score)] {
        guard known.score == score else {
          throw .otherScore(
            row: "\(score.model), \(score.task), \(score.metric)", paths: [known.path, run.path])
        }
      } else {
        places[Key(score)] = (score, run.path)
        scores.append(score)
      }
    }
    for (model, documents) in run.samples {
      let known = Set((samples[model] ?? []).map { "\($0.task)/\($0.documentID)" })
      samples[model, default: []] += documents.filter {
        !known.contains("\($0.task)/\($0.documentID)")
      }
    }
    try addCompletions(run)
    if let manifest = run.manifest { manifests.append(manifest) }
    if let grid = run.grid { grids.append((grid, run.path)) }
  }

  private mutating func addCompletions(_ run: ScoredRun) throws(CollectError) {
    let own = Dictionary(grouping: run.completions) { [$0.variant, $0.source] }
    for (key, records) in own {
      if let known = completions[key], known.records != records {
        throw .otherCompletions(
          row: key.joined(separator: ", "), paths: [known.path, run.path])
      }
      completions[key] = (records, run.path)
    }
    guard let own = run.toxicity else { return }
    // Notes concern only the rows of one folder.
    var whole = own
    whole.notes = recipe?.notes ?? []
    if let recipe, recipe != whole {
      throw .otherExperiment(path: run.path, difference: "toxicity.json")
    }
    whole.notes += own.notes.filter { !whole.notes.contains($0) }
    recipe = whole
  }

  private func checkExperiment(_ run: ScoredRun) throws(CollectError) {
    if let first = manifests.first, let manifest = run.manifest,
      let difference = Self.difference(first, manifest)
    {
      throw .otherExperiment(path: run.path, difference: difference)
    }
    if let status = run.manifest?.status, status != .complete {
      throw .unfinished(path: run.path, status: status.rawValue)
    }
    guard let first = grids.first?.record, let grid = run.grid else { return }
    if first.digest != grid.digest || first.shard?.count != grid.shard?.count {
      throw .otherExperiment(path: run.path, difference: "the grid")
    }
  }

  /// Why two runs cannot be parts of one experiment; `nil` if they can.
  private static func difference(_ first: Manifest, _ second: Manifest) -> String? {
    if first.experiment != second.experiment { return "the settings" }
    if first.seed != second.seed { return "the seed" }
    for input in second.inputs {
      let isOther = first.inputs.contains {
        $0.role == input.role && $0.path == input.path && $0.sha256 != input.sha256
      }
      if isOther { return "the content of \(input.path)" }
    }
    return nil
  }

  /// Writes the combined results folder.
  ///
  /// - Returns: the report that was written.
  func write(to directory: RunDirectory, baseline: String?, formats: [String]) throws -> Report {
    let scores = orderedScores
    for (model, samples) in samples {
      for (task, documents) in Dictionary(grouping: samples, by: \.task) {
        // Readers derive samples of completions from the completions themselves.
        let source = task.split(separator: "/").first.map(String.init) ?? task
        if completions[[model, source]] != nil { continue }
        try WholeFile.write(
          try JSONLinesText.encode(documents),
          to: directory.samplesFile(variant: model, task: task))
      }
    }
    for (key, own) in completions {
      try WholeFile.write(
        try JSONLinesText.encode(own.records),
        to: directory.completionsFile(variant: key[0], source: key[1]))
    }
    try recipe?.write(to: directory.toxicityFile)
    try WholeFile.write(try JSONLinesText.encode(scores), to: directory.scoresFile)
    try writeManifest(directory)
    let grid = wholeGrid
    try grid?.write(to: "\(directory.path)/\(GridRecord.fileName)")
    let report = Report(
      title: manifests.first?.name ?? grid?.name ?? directory.path,
      records: scores.filter { $0.group == nil }, samples: samples,
      baseline: baseline ?? grid?.baseline
        ?? (models.contains("base") ? "base" : models.first ?? "base"),
      notes: manifests.first?.warnings ?? grid?.orderedNotes ?? [],
      seed: manifests.first?.seed ?? grid?.seed ?? 1)
    try ReportFiles.write(report, formats: formats, to: directory.path)
    return report
  }

  /// The grid that the shards belong to.
  private var wholeGrid: GridRecord? {
    guard var whole = grids.first?.record else { return nil }
    whole.shard = nil
    for (record, _) in grids.dropFirst() {
      whole.notes?.merge(record.notes ?? [:]) { first, _ in first }
    }
    return whole
  }

  /// The scores in the order of a single run without shards.
  private var orderedScores: [ScoreRecord] {
    guard let rows = grids.first?.record.rows else { return scores }
    let byRow = Dictionary(grouping: scores, by: \.model)
    let others = scores.filter { !rows.contains($0.model) }
    return rows.flatMap { byRow[$0] ?? [] } + others
  }

  private func writeManifest(_ directory: RunDirectory) throws {
    guard var whole = manifests.first else { return }
    for other in manifests.dropFirst() {
      whole.inputs += other.inputs.filter { !whole.inputs.contains($0) }
      whole.steps += other.steps.filter { !whole.steps.contains($0) }
      whole.warnings += other.warnings.filter { !whole.warnings.contains($0) }
    }
    try WholeFile.write(whole.experiment, to: directory.experimentFile)
    try whole.write(to: directory.manifestFile)
  }
}

/// Results folders that cannot be combined.
enum CollectError: InputFailure, CustomStringConvertible {
  case otherExperiment(path: String, difference: String)
  case otherScore(row: String, paths: [String])
  case otherCompletions(row: String, paths: [String])
  case unfinished(path: String, status: String)
  case missingShards([String])

  var description: String {
    switch self {
    case .otherExperiment(let path, let difference):
      "\(path.shown(limit: 500)): is not of the first folder's experiment: \(difference.shown()) differs; "
        + "'collect' combines parts of one experiment, 'table' shows several side by side"
    case .otherScore(let row, let paths):
      "\(row.shown()): \(paths.joined(separator: " and ")) have different scores; remove one of them"
    case .otherCompletions(let row, let paths):
      "\(row.shown()): \(paths.joined(separator: " and ")) have different completions; remove one of them"
    case .unfinished(let path, let status):
      "\(path.shown(limit: 500)): the run is \(status.shown()), not complete; rerun the same command to finish it"
    case .missingShards(let names):
      "shards are missing: \(NameList.text(names)); run them with --shard and give their folders too"
    }
  }
}
