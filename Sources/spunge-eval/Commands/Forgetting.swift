import ArgumentParser
import Evaluation
import Formats
import Foundation
import Reporting
import Spunge
import Tensors

struct Forgetting: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Forget quality, model utility, privacy leakage: what TOFU and MUSE say of scored models.",
    discussion: """
      Takes results folders in which models answered the tasks of tofu01, tofu05, tofu10, muse_news or muse_books, \
      and compares each with a model that never saw what is to be forgotten: another row of the folders, or that \
      model's TOFU_EVAL.json. Needs no model. What cannot be computed has no value, and the reason is said.

      Examples:
        spunge-eval score --model unlearned --tasks tofu10 --apply-chat-template --output results/unlearned
        spunge-eval score --model retain90 --tasks tofu10 --apply-chat-template --output results/retain90
        spunge-eval forgetting results/unlearned results/retain90 --reference retain90 --output results/tofu
      """)

  @Argument(help: "Results folders with samples.") var results: [String]
  @Option(
    help:
      "The model that was trained without what is to be forgotten: a row, or its TOFU_EVAL.json.")
  var reference: String?
  @Option(
    help: "Folder for scores, tables, and <model>/TOFU_EVAL.json with TOFU_SUMMARY.json.")
  var output: String?
  @Option(help: "console, markdown, csv, json or latex.") var format = "console"

  func run() throws {
    let format = try ReportFormat.format(named: format)
    if let output { try OutputPlace.checkFolder(output) }
    let folders = try ResultsFolders(results)
    let evaluations = try evaluations(folders.samples, rows: folders.scores.map(\.model))
    let report = Report(
      title: "What was forgotten, and what was kept",
      records: evaluations.flatMap(\.scoreRecords), samples: [:], baseline: baseline(evaluations),
      columnsAreRows: true)
    if let output { try write(evaluations, report, to: output) }
    if format.name == ReportFormat.json.name {
      return try Output.print(json: format.render(report) + "\n")
    }
    try Output.print(format.render(report))
  }

  /// The row that changes are measured against: the reference, where it is one.
  private func baseline(_ evaluations: [ForgettingEvaluation]) -> String {
    let models = evaluations.map(\.model)
    return [reference, "base"].compactMap { $0 }.first(where: models.contains) ?? models.first ?? ""
  }

  /// Of every model and every benchmark that it answered, in the order of the rows.
  private func evaluations(
    _ samples: [String: [SampleRecord]], rows: [String]
  ) throws -> [ForgettingEvaluation] {
    var models: [String] = []
    for row in rows where !models.contains(row) { models.append(row) }
    let all = try ForgettingEvaluation.all(samples, models: models) { benchmark in
      try reference.map { try self.reference($0, benchmark, samples, models: models) }
    }
    guard !all.isEmpty else {
      throw InputError.unreadable(
        path: results.joined(separator: ", "),
        reason: "no model has answered the tasks of "
          + ForgettingBenchmark.all.map(\.group).joined(separator: ", ")
          + "; score one of these groups with --output")
    }
    return all
  }

  private func reference(
    _ name: String, _ benchmark: ForgettingBenchmark, _ samples: [String: [SampleRecord]],
    models: [String]
  ) throws -> ForgettingReference {
    if let own = samples[name] {
      return ForgettingReference(
        ForgettingEvaluation(benchmark, model: name, samples: own, reference: nil))
    }
    guard FileManager.default.fileExists(atPath: name) else {
      throw ValidationError(
        "--reference: '\(name)' is neither a row (\(models.joined(separator: ", "))) nor a file")
    }
    return try ForgettingReference(path: name)
  }

  private func write(
    _ evaluations: [ForgettingEvaluation], _ report: Report, to output: String
  ) throws {
    let folder = try RunDirectory(path: output)
    for evaluation in evaluations {
      let place = "\(output)/\(evaluation.model.fileName)/\(evaluation.benchmark.group)"
      let name = evaluation.benchmark.name
      try WholeFile.write(evaluation.evaluationJSON, to: "\(place)/\(name)_EVAL.json")
      try WholeFile.write(evaluation.summaryJSON, to: "\(place)/\(name)_SUMMARY.json")
    }
    let records = evaluations.flatMap(\.scoreRecords)
    try WholeFile.write(try JSONLinesText.encode(records), to: folder.scoresFile)
    try ReportFiles.write(
      report, formats: ReportFormat.all.filter { $0.fileName != nil }.map(\.name), to: output)
  }
}
