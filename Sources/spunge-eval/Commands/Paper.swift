import ArgumentParser
import Reporting

struct Paper: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the paper's figures, the right answers they imply, and whether they agree.",
    discussion: """
      Exit status 1 where they do not. table RUN --paper FILE shows a run's scores beside them.

      Example:
        spunge-eval paper results/paper/hazardous-knowledge.json
      """)

  @Argument(help: "Files (default: all of results/paper).") var files: [String] = []

  func run() throws {
    let tables =
      files.isEmpty
      ? try PaperTable.all(folder: "results/paper") : try files.map { try PaperTable(path: $0) }
    for table in tables { try Output.print(table.text) }
    if tables.contains(where: { !PaperCheck($0).disagreements.isEmpty }) {
      throw ExitCode(ExitStatus.regressionFound.rawValue)
    }
  }
}
