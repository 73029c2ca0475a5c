import ArgumentParser
import Reporting

struct Paper: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the paper's tables, the right answers they imply, and whether they agree.",
    discussion: """
      Recomputes counts, means, figures that are printed twice and the changes that the text quotes. Exit status 1 \
      where a cell disagrees beyond the misprints that the files state. table RUN --paper FILE shows a run's scores \
      beside a table.

      Examples:
        spunge-eval paper
        spunge-eval paper results/paper/table-2.json
      """)

  @Argument(help: "Files of tables (default: all of results/paper, and its figures).")
  var files: [String] = []

  func run() throws {
    let tables =
      files.isEmpty ? try BuiltInTasks.printedTables() : try files.map { try PaperTable(path: $0) }
    let audit = PaperAudit(tables)
    for table in tables { try Output.print(table.text(audit)) }
    if files.isEmpty { try Output.print(try BuiltInTasks.printedFigures().text) }
    try Output.print(audit.summary, terminator: "")
    if !audit.isConsistent { throw ExitCode(ExitStatus.regressionFound.rawValue) }
  }
}
