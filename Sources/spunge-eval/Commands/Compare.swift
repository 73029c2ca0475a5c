import ArgumentParser
import Reporting

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares two variants on the same questions and lists the answers that flipped.",
    discussion: """
      A variant is RUN:ROW for a results folder, or just RUN if the folder has one row; or an lm-evaluation-harness \
      output folder, one of its results_*.json (with samples beside it) or samples_*.jsonl files.

      Examples:
        spunge-eval compare results/tiny:base results/tiny:spunge_rmu
        spunge-eval compare out/model-a out/model-b --json
      """)

  @Argument(help: "The baseline.") var first: String
  @Argument(help: "The variant to compare with it.") var second: String
  @Option(help: "Maximum number of flipped questions to list per score; 0 for none.")
  var flips = 10
  @Option(help: "Random seed of the bootstrap.") var seed: UInt64 = 1
  @Flag(help: "Print everything as JSON.") var json = false

  func validate() throws {
    try OptionRange.check("--flips", flips, OptionRange.count)
  }

  func run() throws {
    let comparison = VariantComparison(
      try ScoredVariant(named: first), try ScoredVariant(named: second), seed: seed)
    if json { return try Output.print(json: comparison.json) }
    try Output.print(comparison.text(flipCount: flips), terminator: "")
  }
}
