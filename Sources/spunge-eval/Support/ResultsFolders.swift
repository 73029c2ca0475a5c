import Evaluation
import Foundation
import Reporting
import Spunge

/// Scores, samples and completions from several places, with one row per model.
struct ResultsFolders {
  private(set) var scores: [ScoreRecord] = []
  private(set) var samples: [String: [SampleRecord]] = [:]
  private(set) var completions: [CompletionRecord] = []
  /// Manifests of the folders that have one, with the folders' paths.
  private(set) var manifests: [(path: String, manifest: Manifest)] = []
  private let paths: [String]

  /// - Parameter paths: results folders, and `results_*.json` files of the harness.
  init(_ paths: [String]) throws {
    self.paths = paths
    for path in paths {
      if path.hasSuffix(".json") {
        add(try HarnessReader.scores(path: path), samples: [:], completions: [], path: path)
      } else {
        try add(folder: path)
      }
    }
  }

  private mutating func add(folder: String) throws {
    let scoresFile = "\(folder)/scores.jsonl"
    let completionFiles = Self.completionFiles(folder)
    let hasScores = FileManager.default.fileExists(atPath: scoresFile)
    guard FileManager.default.fileExists(atPath: folder) else {
      throw InputError.unreadable(path: folder, reason: "there is no such file or folder")
    }
    guard hasScores || !completionFiles.isEmpty else {
      throw InputError.unreadable(
        path: folder,
        reason:
          "it has neither scores.jsonl nor completions; give a results folder or a results_*.json "
          + "file")
    }
    let scores = hasScores ? try Self.lines(scoresFile).rows(ScoreRecord.self) : []
    var samples: [String: [SampleRecord]] = [:]
    for model in Set(scores.map(\.model)) {
      for task in Set(scores.map(\.task)) {
        let places = [
          RunDirectory.samplesFile(in: folder, variant: model, task: task),
          RunDirectory.earlierSamplesFile(in: folder, variant: model, task: task),
        ]
        guard let file = places.first(where: FileManager.default.fileExists) else { continue }
        samples[model, default: []] += try Self.lines(file).rows(SampleRecord.self)
      }
    }
    let completions = try completionFiles.flatMap {
      try Self.lines($0).rows(CompletionRecord.self)
    }
    for own in Dictionary(grouping: completions, by: { [$0.variant, $0.source] }).values {
      samples[own[0].variant, default: []] += CompletionRecord.samples(own)
    }
    let manifestFile = "\(folder)/manifest.json"
    if FileManager.default.fileExists(atPath: manifestFile) {
      manifests.append((folder, try Self.manifest(manifestFile)))
    }
    add(scores, samples: samples, completions: completions, path: folder)
  }

  private static func manifest(_ path: String) throws -> Manifest {
    do {
      return try Manifest.read(path)
    } catch {
      throw InputError.unreadable(path: path, reason: "it is not a run's manifest" + remedy)
    }
  }

  private static func lines(_ path: String) throws -> JSONLinesInput {
    try JSONLinesInput(path: path, remedy: remedy)
  }

  private static let remedy =
    "; rerun the command that wrote the folder to rewrite its files"

  /// `completions.jsonl` and `completions/<variant>/<source>.jsonl`, by name.
  private static func completionFiles(_ folder: String) -> [String] {
    let files = FileManager.default
    let single = "\(folder)/completions.jsonl"
    let inside = files.enumerator(atPath: "\(folder)/completions")?.compactMap { $0 as? String }
    return (files.fileExists(atPath: single) ? [single] : [])
      + (inside ?? []).filter { $0.hasSuffix(".jsonl") }.sorted()
      .map { "\(folder)/completions/\($0)" }
  }

  /// Appends the folder's name to a model's name that another folder has used.
  private mutating func add(
    _ more: [ScoreRecord], samples: [String: [SampleRecord]], completions: [CompletionRecord],
    path: String
  ) {
    let known = Set(scores.map(\.model) + self.completions.map(\.variant))
    let place = URL(fileURLWithPath: path).lastPathComponent
    func name(_ model: String) -> String { known.contains(model) ? "\(model) (\(place))" : model }
    for var score in more {
      score.model = name(score.model)
      scores.append(score)
    }
    for (model, records) in samples { self.samples[name(model)] = records }
    for var completion in completions {
      completion.variant = name(completion.variant)
      self.completions.append(completion)
    }
  }

  /// The experiment's name for one results folder, else the paths.
  var title: String {
    let name = paths.count == 1 ? manifests.first?.manifest.name : nil
    return name ?? paths.joined(separator: ", ")
  }

  /// The tables of all places.
  ///
  /// - Parameters:
  ///   - baseline: the row that changes are relative to; by default `base`, else the first.
  ///   - withGroups: whether demographic groups have columns of their own.
  func report(title: String, baseline: String?, withGroups: Bool = true) -> Report {
    let names = scores.map(\.model)
    let only = manifests.count == 1 ? manifests[0].manifest : nil
    return Report(
      title: title, records: withGroups ? scores : scores.filter { $0.group == nil },
      samples: samples,
      baseline: baseline ?? (names.contains("base") ? "base" : names.first ?? "base"),
      notes: only?.warnings ?? [], seed: only?.seed ?? 1)
  }
}
