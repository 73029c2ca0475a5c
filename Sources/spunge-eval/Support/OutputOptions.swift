import ArgumentParser
import Foundation

/// Where results go.
struct OutputOptions: ParsableArguments {
  @Option(help: "Folder for samples, scores and tables in this program's layout.")
  var output: String?

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp(
      "Folder or .json file for results in lm-evaluation-harness's layout.", valueName: "path"))
  var outputPath: String?

  @Flag(
    name: [.customShort("s"), .long],
    help: "Also write all documents and answers to --output-path.")
  var logSamples = false

  @Flag(help: "Print the scores as JSON Lines.") var json = false

  @Option(help: "Row name in tables (default: the model's file name).") var name: String?

  func validate() throws {
    if logSamples, outputPath == nil {
      throw ValidationError("--log-samples needs --output-path, the folder to write to")
    }
  }
}
