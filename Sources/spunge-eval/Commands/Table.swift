import ArgumentParser
import Evaluation
import Foundation
import Reporting
import Spunge

struct Table: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the tables of finished runs again, in any format.",
    discussion: """
      Takes results folders (scores.jsonl and samples/) and results_*.json files of lm-evaluation-harness, \
      several side by side; needs no model.

      Examples:
        spunge-eval table results/smollm2-domains --format latex
        spunge-eval table results/mine harness-out/my-model/results_2026-01-31T12-00-00.000001.json
      """)

  @Argument(help: "Results folders or results_*.json files.") var results: [String]
  @Option(help: "console, markdown, csv, json or latex.") var format = "console"
  @Option(help: "Row that changes are measured against (default: base, else the first row).")
  var baseline: String?

  func run() throws {
    let format = try ReportFormat.format(named: format)
    var rows = TableRows()
    for path in results {
      if path.hasSuffix(".json") {
        rows.add(try HarnessReader.scores(path: path), samples: [:], path: path)
      } else {
        guard FileManager.default.fileExists(atPath: "\(path)/scores.jsonl") else {
          throw InputError.unreadable(
            path: path,
            reason: "it holds no scores.jsonl; give a results folder, or a results_*.json file")
        }
        try rows.add(folder: path)
      }
    }
    let manifest = results.count == 1 ? try? Manifest.read("\(results[0])/manifest.json") : nil
    let names = rows.scores.map(\.model)
    let report = Report(
      title: manifest?.name ?? results.joined(separator: ", "),
      records: rows.scores.filter { $0.group == nil },
      samples: rows.samples,
      baseline: baseline ?? (names.contains("base") ? "base" : names.first ?? "base"),
      notes: manifest?.warnings ?? [], seed: manifest?.seed ?? 1)
    print(format.render(report))
  }
}

/// Scores and samples from several places, every model a row of its own.
private struct TableRows {
  private(set) var scores: [ScoreRecord] = []
  private(set) var samples: [String: [SampleRecord]] = [:]

  mutating func add(folder: String) throws {
    let scores = try JSONLinesInput(path: "\(folder)/scores.jsonl").rows(ScoreRecord.self)
    var samples: [String: [SampleRecord]] = [:]
    for model in Set(scores.map(\.model)) {
      for task in Set(scores.map(\.task)) {
        let file = "\(folder)/samples/\(model)/\(task).jsonl"
        guard FileManager.default.fileExists(atPath: file) else { continue }
        samples[model, default: []] += try JSONLinesInput(path: file).rows(SampleRecord.self)
      }
      for task in Set(scores.filter { $0.group == nil }.map(\.task)) {
        let file = "\(folder)/completions/\(model)/\(task).jsonl"
        guard FileManager.default.fileExists(atPath: file) else { continue }
        samples[model, default: []] += CompletionRecord.samples(
          try JSONLinesInput(path: file).rows(CompletionRecord.self))
      }
    }
    add(scores, samples: samples, path: folder)
  }

  /// A model of the same name from another place has the place behind its name.
  mutating func add(_ more: [ScoreRecord], samples: [String: [SampleRecord]], path: String) {
    let known = Set(scores.map(\.model))
    let place = URL(fileURLWithPath: path).lastPathComponent
    func name(_ model: String) -> String { known.contains(model) ? "\(model) (\(place))" : model }
    for var score in more {
      score.model = name(score.model)
      scores.append(score)
    }
    for (model, records) in samples { self.samples[name(model)] = records }
  }
}
