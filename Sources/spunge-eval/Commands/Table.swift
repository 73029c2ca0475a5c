import ArgumentParser
import Evaluation
import Foundation
import Reporting
import Spunge

struct Table: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the table of a finished run again, in any format.",
    discussion: """
      Needs scores.jsonl and samples/ of the results folder, and no model.

      Example:
        spunge-eval table results/smollm2-domains --format latex
      """)

  @Argument(help: "Results folder.") var results: String
  @Option(help: "console, markdown, csv, json or latex.") var format = "console"
  @Option(help: "Row that changes are measured against.") var baseline = "base"

  func run() throws {
    let format = try ReportFormat.format(named: format)
    let scores = try JSONLinesInput(path: "\(results)/scores.jsonl").rows(ScoreRecord.self)
    var samples: [String: [SampleRecord]] = [:]
    for model in Set(scores.map(\.model)) {
      for task in Set(scores.map(\.task)) {
        let file = "\(results)/samples/\(model)/\(task).jsonl"
        guard FileManager.default.fileExists(atPath: file) else { continue }
        samples[model, default: []] += try JSONLinesInput(path: file).rows(SampleRecord.self)
      }
    }
    let manifest = try? Manifest.read("\(results)/manifest.json")
    let report = Report(
      title: manifest?.name ?? results, records: scores, samples: samples, baseline: baseline,
      notes: manifest?.warnings ?? [], seed: manifest?.seed ?? 1)
    print(format.render(report))
  }
}
