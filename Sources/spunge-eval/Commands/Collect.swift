import ArgumentParser
import Evaluation
import Foundation
import Reporting
import Spunge
import Tensors

struct Collect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Combines results folders, for example those of 'run --shard', into one.",
    discussion: """
      Rows that several folders have must be identical; it is an error if they are not.

      Example:
        spunge-eval collect results/a results/b --output results/all
      """)

  @Argument(help: "Results folders.") var folders: [String]
  @Option(help: "Folder for the combined results.") var output: String
  @Option(help: "Row that changes are relative to (default: base, else the first row).")
  var baseline: String?
  @Option(parsing: .upToNextOption, help: "Table formats to write (default: all file formats).")
  var formats: [String] = []

  func run() throws {
    try OutputPlace.checkFolder(output)
    let collection = try RunCollection(folders)
    if let baseline, !collection.models.contains(baseline) {
      throw ValidationError(
        "--baseline \(baseline): no such row; rows: \(collection.models.joined(separator: ", "))")
    }
    let report = try collection.write(
      to: try RunDirectory(path: output), baseline: baseline,
      formats: formats.isEmpty
        ? ReportFormat.all.filter { $0.fileName != nil }.map(\.name) : formats)
    try Output.print(ReportFormat.console.render(report))
    try Output.print("written to \(output)")
  }
}
