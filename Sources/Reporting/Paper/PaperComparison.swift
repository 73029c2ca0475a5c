package import Evaluation
import Formats

/// Measured scores next to a paper's: paper, measured, difference.
package struct PaperComparison: Sendable {
  package struct Row: Sendable {
    package let cell: PaperTable.Cell
    /// Our row.
    package let model: String
    package let score: ScoreColumn
    /// In the paper's unit: percent, except for perplexities.
    package let measured: Double
    /// Same unit; of a mean over repeated runs, the standard deviation between them.
    package let standardError: Double?
    /// Measured − paper.
    package var difference: Double { measured - cell.value }
  }

  package let table: PaperTable
  package let rows: [Row]
  /// Cells that were not measured, and the table's own notes.
  package let notes: [String]

  /// - Parameters:
  ///   - scores: what was measured; of two of one split and model the first counts.
  package init(_ table: PaperTable, _ scores: [PaperScores], _ measures: PaperMeasures) {
    self.table = table
    var rows: [Row] = []
    var missing: [String] = []
    for cell in table.cells {
      let own = scores.first { $0.split == table.split && $0.model == cell.block.model }
      let score = measures.score(cell.column.name)
      guard let own, let score, let record = own.record(cell.row.name, score),
        let value = record.finiteValue
      else {
        missing.append("\(cell.column.title) of \(cell.rowTitle)")
        continue
      }
      let unit = cell.column.unit == .perplexity ? 1.0 : 100
      rows.append(
        Row(
          cell: cell,
          model: own.title.map { cell.row.name == "base" ? $0 : "\($0) + \(cell.row.title)" }
            ?? cell.row.name, score: score, measured: unit * value,
          standardError: (record.deviation ?? record.standardError).map { unit * $0 }))
    }
    self.rows = rows
    notes =
      (missing.isEmpty ? [] : ["Not measured: \(missing.joined(separator: ", "))."]) + table.notes
  }

  /// A table of one run, whose row names say which rows it has: of each base model of the paper.
  package init(_ table: PaperTable, run records: [ScoreRecord]) {
    self.init(
      table,
      table.blocks.map { PaperScores(split: table.split, model: $0.model, records: records) },
      .paper)
  }

  /// Headings and cells, with two decimals.
  private var cells: [[String]] {
    [["paper's row", "column", "measured as", "paper", "measured", "difference"]]
      + rows.map { row in
        let error = row.standardError.map { " ± " + CellNumber.percent($0) } ?? ""
        return [
          row.cell.rowTitle, row.cell.column.title, "\(row.model), \(row.score.name)",
          CellNumber.percent(row.cell.value), CellNumber.percent(row.measured) + error,
          CellText.number(row.difference / 100, true, signed: true),
        ]
      }
  }

  /// A GitHub-flavoured Markdown table.
  package var markdown: String {
    let lines = cells.map { "| " + $0.map(\.markdown).joined(separator: " | ") + " |" }
    let rule = "|---|---|---|---:|---:|---:|"
    return
      (["### " + table.heading.markdown, "", lines[0], rule] + lines.dropFirst()
      + [""] + (notes + ["Paper: " + table.source]).map { $0.markdown + "  " })
      .joined(separator: "\n") + "\n"
  }

  /// In the paper's layout, its value and ours side by side; rows and columns that were not measured are left out.
  package var besideTable: PageTable {
    var (names, columns): ([String], [PaperTable.Column]) = ([], [])
    var found: [String: [String: Row]] = [:]
    for row in rows {
      // Of the paper's own models row names repeat from block to block.
      let name = row.model == row.cell.row.name ? row.cell.rowTitle : row.model
      if !names.contains(name) { names.append(name) }
      if !columns.contains(row.cell.column) { columns.append(row.cell.column) }
      found[name, default: [:]][row.cell.column.name] = row
    }
    func values(_ name: String, _ column: PaperTable.Column) -> [String] {
      found[name]?[column.name].map {
        [CellNumber.percent($0.cell.value), CellNumber.percent($0.measured)]
      } ?? ["—", "—"]
    }
    let (headings, lines): ([String], [[String]]) =
      table.columnsAreRows
      ? (
        names, columns.map { column in [column.heading] + names.flatMap { values($0, column) } }
      )
      : (
        columns.map(\.heading),
        names.map { name in [name] + columns.flatMap { values(name, $0) } }
      )
    return PageTable(
      caption: "Table \(table.number) beside the paper",
      headings: [table.columnsAreRows ? "benchmark" : "model"]
        + headings.flatMap { ["\($0), paper", "measured"] },
      blocks: [PageTable.Block(rows: lines)])
  }

  /// Aligned columns for a terminal.
  package var text: String {
    ([table.heading, ""] + AlignedText.lines(cells, leading: 3) + [""] + notes)
      .joined(separator: "\n") + "\n"
  }

  /// Comma-separated values, one line per cell; percent, except for perplexities.
  package var csv: String {
    let lines = rows.map { row in
      let numbers = [row.cell.value, row.measured, row.standardError, row.difference].map {
        $0.map { "\($0)" } ?? ""
      }
      return
        ([row.cell.block.model, row.cell.row.name, row.cell.column.name, row.model, row.score.name]
        + numbers).map(\.csvField).joined(separator: ",")
    }
    return
      (["base,row,column,model,score,paper,measured,standard_error,difference"] + lines)
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
