import Formats

extension ReportFormat {
  /// A GitHub-flavoured Markdown table.
  package static let markdown = ReportFormat(name: "markdown", fileName: "table.md") { report in
    let grid = CellText(report).grid
    let headings = grid.headings
    var lines = ["# " + report.title.markdown, ""]
    lines.append(line(headings))
    lines.append(
      "|" + (["---"] + headings.dropFirst().map { _ in "---:" }).joined(separator: "|") + "|")
    for block in grid.blocks {
      if !block.label.isEmpty {
        lines.append(
          "| **\(block.label.markdown)** |"
            + String(repeating: "  |", count: headings.count - 1))
      }
      lines += block.rows.map(line)
    }
    lines.append("")
    // Backslashes keep footnote marks from becoming lists or emphasis.
    lines += report.footnotes.map { $0.markdown + "  " }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ cells: [String]) -> String {
    "| " + cells.map(\.markdown).joined(separator: " | ") + " |"
  }
}
