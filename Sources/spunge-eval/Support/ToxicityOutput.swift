import Evaluation
import Foundation
import Reporting
import Spunge
import Tensors

/// The results of measuring toxicity, as text and as files.
struct ToxicityOutput {
  let row: String
  let scores: [ScoreRecord]
  let samples: [String: [SampleRecord]]
  let steps: [Manifest.Step]
  let notes: [String]
  /// The settings of the measurement as YAML.
  let settings: String
  let seed: UInt64
  /// Input files with their digests.
  var inputs: [Manifest.Input] = []
  /// For the manifest besides `notes`: they have been printed before.
  var warnings: [String] = []

  /// The tables followed by the notes.
  var text: String {
    let tables = DemographicTable.all(scores)
    return
      (tables.isEmpty
      ? ReportFormat.console.render(report) : tables.map(\.text).joined(separator: "\n"))
      + "\n" + notes.joined(separator: "\n")
  }

  private var report: Report {
    Report(
      title: row, records: scores.filter { $0.group == nil }, samples: samples, baseline: row,
      notes: notes)
  }

  func write(to run: RunDirectory, started: Date) throws {
    try WholeFile.write(try JSONLinesText.encode(scores), to: run.scoresFile)
    try ReportFiles.write(
      report, formats: ReportFormat.all.filter { $0.fileName != nil }.map(\.name), to: run.path)
    try ReportFiles.writeDemographics(scores, to: run.path)
    var manifest = Manifest(
      name: row, experiment: settings, seed: seed, started: started,
      threads: ThreadCount.current, machine: .current(), versions: Version.all)
    (manifest.inputs, manifest.steps, manifest.warnings) = (inputs, steps, warnings + notes)
    (manifest.status, manifest.finished) = (.complete, Date())
    try manifest.write(to: run.manifestFile)
  }
}
