import ArgumentParser
import Reporting

struct Paper: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Prints the paper's tables, the answer counts they imply, and whether they are consistent.",
    discussion: """
      Recomputes counts, means, numbers printed in several places and the changes quoted in the text. Exits with \
      status 1 if a cell is inconsistent and not listed as a known misprint. 'table RUN --paper FILE' shows a run's \
      scores next to one of these tables.

      Examples:
        spunge-eval paper
        spunge-eval paper results/paper/table-2.json
      """)

  @Argument(help: "Table files (default: all tables and figures in results/paper).")
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
