import Formats

extension ReportFormat {
  /// A GitHub-flavoured Markdown table.
  package static let markdown = ReportFormat(name: "markdown", fileName: "table.md") { report in
    markdownTable(report) + markdown(report.footnotes)
  }

  /// A section of a longer text, with the footnotes folded but for the one that says what a cell is.
  static func foldedMarkdown(_ report: Report) -> String {
    let footnotes = report.foldedFootnotes
    return "#" + markdownTable(report) + markdown([report.cellMeaning])
      + (footnotes.lines.isEmpty
        ? "" : "\n" + PaperReport.folded(footnotes.summary, markdown(footnotes.lines)))
  }

  /// Backslashes keep footnote marks from becoming lists or emphasis.
  private static func markdown(_ lines: [String]) -> String {
    lines.map { $0.markdown + "  \n" }.joined()
  }

  private static func markdownTable(_ report: Report) -> String {
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
    return lines.joined(separator: "\n") + "\n\n"
  }

  private static func line(_ cells: [String]) -> String {
    "| " + cells.map(\.markdown).joined(separator: " | ") + " |"
  }
}
