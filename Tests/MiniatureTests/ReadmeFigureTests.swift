import Evaluation
import Foundation
import Reporting
import Spunge
import TestSupport
import Testing

@testable import Miniature

/// README's figure is the one that `reproduce` draws of committed scores.
struct ReadmeFigureTests {
  private static let root = Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent()
  private static let figure = "Sources/Spunge/Spunge.docc/Resources/toxicity-perplexity.svg"

  /// Those of `results/miniature`, else of the quick reproduction's baseline; models are `scenario/seed/row`.
  private static func committedScores() throws -> [ScoreRecord] {
    let lines = root.appending(path: "results/miniature/scores.jsonl")
    if let text = try? String(contentsOf: lines, encoding: .utf8) {
      return try text.split(separator: "\n").map {
        try JSONDecoder().decode(ScoreRecord.self, from: Data($0.utf8))
      }
    }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    let file = root.appending(path: "results/baselines/reproduce-quick.json")
    return try decoder.decode(Baseline.self, from: Data(contentsOf: file)).scores.map {
      ScoreRecord(
        model: $0.model, task: $0.task, metric: $0.metric, filter: $0.filter, value: $0.value,
        standardError: $0.standardError, documents: $0.documents,
        higherIsBetter: $0.higherIsBetter, fewShot: $0.fewShot, taskVersion: $0.taskVersion)
    }
  }

  private static let methods = ["RMU": "rmu", "TVN": "task_vector_negation"]

  /// What a run had shown when it wrote these scores; a row without scores had no setting that qualified.
  private static func result(_ scenario: Scenario, _ records: [ScoreRecord]) -> ScenarioResult {
    var found: [Int: [ScoreRecord]] = [:]
    for record in records {
      let parts = record.model.split(separator: "/", maxSplits: 2)
      guard parts.count == 3, parts[0] == scenario.name, let seed = Int(parts[1]) else { continue }
      var record = record
      record.model = String(parts[2])
      found[seed, default: []].append(record)
    }
    let rows = Set(found.values.flatMap { $0.map(\.model) })
    let seeds = found.sorted { $0.key < $1.key }.map { seed, scores in
      let candidates = methods.sorted { $0.key < $1.key }.flatMap { title, name in
        [Experiment.Variant.monolithic, .spunge, .control].compactMap { variant -> Choice? in
          let row = variant.title(unlearning: title)
          guard rows.contains(row) else { return nil }
          return Choice(
            method: name, title: title, variant: variant, scale: 1, objective: 0,
            price: scores.contains { $0.model == row } ? 0 : .infinity, degenerate: 0)
        }
      }
      return SeedResult(seed: seed, candidates: candidates, limit: 1.25, scores: scores)
    }
    return ScenarioResult(scenario: scenario, seeds: seeds)
  }

  /// With `SPUNGE_RECORD=1` the figure is written, and the test fails, so that somebody looks.
  @Test func readmeHasTheFigureOfTheCommittedRun() throws {
    let records = try Self.committedScores()
    let report = ReproductionReport(
      Scenario.all.map { Self.result($0, records) }, try MiniatureLayoutTests.layout.get()
    ).report
    let drawn = try #require(report.artefacts.exchange).chart.drawing().file
    let file = Self.root.appending(path: Self.figure)
    guard ProcessInfo.processInfo.environment["SPUNGE_RECORD"] != "1" else {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try drawn.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("\(Self.figure) was written; look at it")
      return
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == drawn)
    let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    #expect(readme.contains("](\(Self.figure))"))
  }

  /// Links of README and of the articles lead to files that are there.
  @Test func linksLeadSomewhere() throws {
    let articles = Self.root.appending(path: "Sources/Spunge/Spunge.docc")
    let names = try FileManager.default.contentsOfDirectory(atPath: articles.path)
      .filter { $0.hasSuffix(".md") }
    #expect(names.count > 10)
    let texts =
      [Self.root.appending(path: "README.md")] + names.map { articles.appending(path: $0) }
    for file in texts {
      let text = try String(contentsOf: file, encoding: .utf8)
      let paths =
        text.matches(of: #/\]\((?!http)([^)#]+)\)/#).map { Self.root.appending(path: $0.output.1) }
        + text.matches(of: #/<doc:(\w+)>/#).map { articles.appending(path: "\($0.output.1).md") }
      for path in paths {
        #expect(
          FileManager.default.fileExists(atPath: path.path),
          "\(file.lastPathComponent): \(path.path)")
      }
    }
  }

  /// People read it to the end.
  @Test func readmeIsShort() throws {
    let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    #expect(readme.split(separator: "\n", omittingEmptySubsequences: false).count <= 200)
  }
}
