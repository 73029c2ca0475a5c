import Formats
import Evaluation

/// A run's scores beside a paper's: paper, measured, difference.
package struct PaperComparison: Sendable {
  package struct Row: Sendable {
    package let row: PaperTable.Row
    package let column: PaperTable.Column
    /// Percent, as printed.
    package let paper: Double
    /// Our row and column.
    package let model: String
    package let score: ScoreColumn
    /// Percent.
    package let measured: Double
    /// Percent; of a mean over repeated runs, the standard deviation between them.
    package let standardError: Double?
    /// Measured − paper, in percentage points.
    package var difference: Double { measured - paper }
  }

  package let table: PaperTable
  package let rows: [Row]
  /// What is in the paper and was not measured, or is not said.
  package let notes: [String]

  /// - Parameters:
  ///   - measured: the run's scores.
  ///   - model: our row for the paper's; by default the one of the same name.
  ///   - task: our task for the paper's column; by default the column's own.
  package init(
    _ table: PaperTable, measured: ScoreTable,
    model: (PaperTable.Row) -> String = { $0.name },
    task: (PaperTable.Column) -> String? = { $0.task }
  ) {
    self.table = table
    var rows: [Row] = []
    var missing: [String] = []
    var withoutTask: [String] = []
    for cell in table.cells {
      guard let row = table.row(cell.row), let column = table.column(cell.column) else { continue }
      guard let name = task(column) else {
        withoutTask.append("\(column.title) of \(row.title)")
        continue
      }
      // The paper does not say which metric it prints: all shares of the task are shown.
      let columns = measured.columns.filter { $0.task == name && CellText.isFraction($0) }
      let found = columns.compactMap { score -> Row? in
        guard let record = measured.record(model(row), score), let value = record.finiteValue
        else { return nil }
        return Row(
          row: row, column: column, paper: cell.value, model: model(row), score: score,
          measured: 100 * value,
          standardError: (record.deviation ?? record.standardError).map { 100 * $0 })
      }
      if found.isEmpty { missing.append("\(column.title) of \(row.title)") }
      rows += found
    }
    self.rows = rows
    notes =
      [("Not measured: ", missing), ("No task of ours: ", withoutTask)].compactMap { start, cells in
        cells.isEmpty ? nil : start + cells.joined(separator: ", ") + "."
      }
      + table.notes
  }

  /// Headings and cells, percent with two decimals.
  private var cells: [[String]] {
    [["paper's row", "benchmark", "measured as", "paper %", "measured %", "difference"]]
      + rows.map { row in
        let error = row.standardError.map { " ± " + CellNumber.percent($0) } ?? ""
        return [
          row.row.title, row.column.title, "\(row.model), \(row.score.name)",
          CellNumber.percent(row.paper), CellNumber.percent(row.measured) + error,
          CellText.number(row.difference / 100, true, signed: true),
        ]
      }
  }

  private var heading: String { "\(table.title) (\(table.table))" }

  /// A GitHub-flavoured Markdown table.
  package var markdown: String {
    let lines = cells.map { "| " + $0.map(\.markdown).joined(separator: " | ") + " |" }
    let rule = "|---|---|---|---:|---:|---:|"
    return
      (["### " + heading.markdown, "", lines[0], rule] + lines.dropFirst()
      + [""] + (notes + ["Paper: " + table.source]).map { $0.markdown + "  " })
      .joined(separator: "\n") + "\n"
  }

  /// For a page.
  package var pageTable: PageTable {
    PageTable(
      caption: heading, headings: cells[0],
      blocks: [PageTable.Block(rows: Array(cells.dropFirst()))]
    )
  }

  /// Aligned columns for a terminal.
  package var text: String {
    ([heading, ""] + AlignedText.lines(cells, leading: 3) + [""] + notes).joined(separator: "\n")
      + "\n"
  }

  /// Comma-separated values, one line a cell; numbers in percent.
  package var csv: String {
    let lines = rows.map { row in
      let numbers = [row.paper, row.measured, row.standardError, row.difference].map { number in
        number.map { "\($0)" } ?? ""
      }
      return ([row.row.name, row.column.name, row.model, row.score.name] + numbers)
        .map(\.csvField).joined(separator: ",")
    }
    return
      (["row,column,model,score,paper,measured,standard_error,difference"] + lines)
      .joined(separator: "\n") + "\n"
  }
}

/// Rows of cells as aligned columns.
enum AlignedText {
  /// - Parameter leading: number of columns that are aligned left; the others are aligned right.
  static func lines(_ rows: [[String]], leading: Int) -> [String] {
    let rows = rows.map { $0.map(\.oneLine) }
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let padded = zip(row, widths).enumerated().map { index, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return index < leading ? cell.0 + space : space + cell.0
      }
      var line = padded.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
