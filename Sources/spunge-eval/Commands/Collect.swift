import ArgumentParser
import Evaluation
import Foundation
import Reporting
import Spunge
import Tensors

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
