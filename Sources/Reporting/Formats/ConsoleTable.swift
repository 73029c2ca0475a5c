import Formats

extension ReportFormat {
  /// Aligned columns for a terminal.
  package static let console = ReportFormat(name: "console", fileName: nil) { report in
    let grid = CellText(report).grid
    let headings = grid.headings.map(\.oneLine)
    let rows = [headings] + grid.rows.map { $0.map(\.oneLine) }
    let widths = headings.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      let padded = zip(cells, widths).enumerated().map { column, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + space : space + cell.0
      }
      return padded.joined(separator: "  ")
    }
    var lines = [report.title.oneLine, "", line(headings)]
    lines.append(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "))
    for block in grid.blocks {
      if !block.label.isEmpty { lines.append(block.label.oneLine) }
      lines += block.rows.map { line($0.map(\.oneLine)) }
    }
    return (lines + [""] + report.footnotes.map(\.oneLine)).joined(separator: "\n") + "\n"
  }
}
