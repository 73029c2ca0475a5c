extension ReportFormat {
  /// A GitHub-flavoured Markdown table.
  package static let markdown = ReportFormat(name: "markdown", fileName: "table.md") { report in
    let text = CellText(report)
    let headings = text.headings
    var lines = ["# " + escaped(report.title), ""]
    lines.append(line(headings))
    lines.append(
      "|" + (["---"] + headings.dropFirst().map { _ in "---:" }).joined(separator: "|") + "|")
    for block in text.blocks {
      if !block.label.isEmpty {
        lines.append(
          "| **\(escaped(block.label))** |"
            + String(repeating: "  |", count: headings.count - 1))
      }
      lines += block.models.map { line(text.row($0)) }
    }
    lines.append("")
    // Backslashes keep footnote marks from becoming lists or emphasis.
    lines += report.footnotes.map { escaped($0) + "  " }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ cells: [String]) -> String {
    "| " + cells.map(escaped).joined(separator: " | ") + " |"
  }

  private static func escaped(_ text: String) -> String { MarkdownText.escaped(text) }
}

/// Text in Markdown that means only itself.
enum MarkdownText {
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "|", "*", "_", "`", "<", "\\": result += "\\\(character)"
      case "\n", "\r\n", "\r": result += " "
      default: result.append(character)
      }
    }
    return result
  }
}
