import ArgumentParser
import Reporting

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
  @Option(
    help: "Compare the scores with a table of the paper, a file in results/paper.")
  var paper: String?
  @Option(help: "Row that changes are relative to (default: base, else the first row).")
  var baseline: String?

  func run() throws {
    let format = try ReportFormat.format(named: format)
    let folders = try ResultsFolders(results)
    if let paper {
      let table = PaperComparison(try PaperTable(path: paper), run: folders.scores)
      switch format.name {
      case "markdown": try Output.print(table.markdown)
      case "csv": try Output.print(table.csv, terminator: "")
      case "console": try Output.print(table.text)
      default: throw ValidationError("--paper needs --format console, markdown or csv")
      }
      return
    }
    guard !folders.scores.isEmpty else {
      throw InputError.unreadable(
        path: results.joined(separator: ", "),
        reason: "it has no scores to make a table of; finish the run first")
    }
    let report = folders.report(
      title: folders.title, baseline: baseline, withGroups: false)
    if format.name == ReportFormat.json.name {
      return try Output.print(json: format.render(report) + "\n")
    }
    try Output.print(format.render(report))
  }
}
