import ArgumentParser
import Evaluation
import Foundation
import Reporting
import Spunge

struct Collect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Merges results folders, for example of run --shard, into one with one table.",
    discussion: """
      What two folders both have must be the same; anything else is an error.

      Example:
        spunge-eval collect results/a results/b --output results/all
      """)

  @Argument(help: "Results folders.") var folders: [String]
  @Option(help: "Folder for the whole.") var output: String
  @Option(help: "Row that changes are measured against (default: base, else the first row).")
  var baseline: String?
  @Option(parsing: .upToNextOption, help: "Table formats (default: all that go to files).")
  var formats: [String] = []

  func run() throws {
    var collection = RunCollection()
    for folder in folders { try collection.add(try ScoredRun(path: folder)) }
    let names = collection.models
    if let baseline, !names.contains(baseline) {
      throw ValidationError(
        "--baseline \(baseline): no such row; rows: \(names.joined(separator: ", "))")
    }
    let directory = try RunDirectory(path: output)
    for (model, samples) in collection.samples {
      for (task, documents) in Dictionary(grouping: samples, by: \.task) {
        try WholeFile.write(
          try JSONLinesText.encode(documents),
          to: directory.samplesFile(variant: model, task: task))
      }
    }
    try WholeFile.write(try JSONLinesText.encode(collection.scores), to: directory.scoresFile)
    for manifest in collection.manifests.prefix(1) {
      var whole = manifest
      for other in collection.manifests.dropFirst() {
        whole.inputs += other.inputs.filter { !whole.inputs.contains($0) }
        whole.steps += other.steps.filter { !whole.steps.contains($0) }
        whole.warnings += other.warnings.filter { !whole.warnings.contains($0) }
      }
      try WholeFile.write(whole.experiment, to: directory.experimentFile)
      try whole.write(to: directory.manifestFile)
    }
    let report = Report(
      title: collection.manifests.first?.name ?? output, records: collection.scores,
      samples: collection.samples,
      baseline: baseline ?? (names.contains("base") ? "base" : names.first ?? "base"),
      notes: collection.manifests.first?.warnings ?? [],
      seed: collection.manifests.first?.seed ?? 1)
    try ReportFiles.write(
      report,
      formats: formats.isEmpty
        ? ReportFormat.all.filter { $0.fileName != nil }.map(\.name) : formats,
      to: directory.path)
    print(ReportFormat.console.render(report))
    print("written to \(output)")
  }
}

/// Several runs as one; what they share must be the same.
struct RunCollection {
  private struct Key: Hashable {
    let model, task, metric, filter: String
  }

  private(set) var scores: [ScoreRecord] = []
  private(set) var samples: [String: [SampleRecord]] = [:]
  private(set) var manifests: [Manifest] = []
  private var places: [Key: (score: ScoreRecord, path: String)] = [:]

  /// Rows, in order of first appearance.
  var models: [String] {
    var names: [String] = []
    for score in scores where !names.contains(score.model) { names.append(score.model) }
    return names
  }

  /// - Throws: `CollectError` where the run contradicts an earlier one; nothing is taken in then.
  mutating func add(_ run: ScoredRun) throws(CollectError) {
    if let first = manifests.first, let manifest = run.manifest {
      if let difference = Self.difference(first, manifest) {
        throw .otherExperiment(path: run.path, difference: difference)
      }
    }
    if let status = run.manifest?.status, status != .complete {
      throw .unfinished(path: run.path, status: status.rawValue)
    }
    for score in run.scores {
      let key = Self.key(score)
      guard let known = places[key], known.score != score else { continue }
      throw .otherScore(
        row: "\(score.model), \(score.task), \(score.metric)", paths: [known.path, run.path])
    }
    for score in run.scores where places[Self.key(score)] == nil {
      places[Self.key(score)] = (score, run.path)
      scores.append(score)
    }
    for (model, documents) in run.samples {
      let known = Set((samples[model] ?? []).map { "\($0.task)/\($0.documentID)" })
      samples[model, default: []] += documents.filter {
        !known.contains("\($0.task)/\($0.documentID)")
      }
    }
    if let manifest = run.manifest { manifests.append(manifest) }
  }

  private static func key(_ score: ScoreRecord) -> Key {
    Key(model: score.model, task: score.task, metric: score.metric, filter: score.filter)
  }

  /// In what two runs are not parts of one; `nil` where they may be.
  private static func difference(_ first: Manifest, _ second: Manifest) -> String? {
    if first.experiment != second.experiment { return "its settings" }
    if first.seed != second.seed { return "its seed" }
    for input in second.inputs {
      if first.inputs.contains(where: {
        $0.role == input.role && $0.path == input.path && $0.sha256 != input.sha256
      }) {
        return "the content of \(input.path)"
      }
    }
    return nil
  }
}

/// Results folders that cannot be merged.
enum CollectError: Error, CustomStringConvertible {
  case otherExperiment(path: String, difference: String)
  case otherScore(row: String, paths: [String])
  case unfinished(path: String, status: String)

  var description: String {
    switch self {
    case .otherExperiment(let path, let difference):
      "\(path): another experiment than the first folder's: \(difference) differs; "
        + "collect takes parts of one experiment, table shows several side by side"
    case .otherScore(let row, let paths):
      "\(row): \(paths.joined(separator: " and ")) have different scores; remove one of them"
    case .unfinished(let path, let status):
      "\(path): the run is not complete but \(status); the same run command finishes it"
    }
  }
}
