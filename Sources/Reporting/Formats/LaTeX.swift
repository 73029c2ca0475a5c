import Formats

extension ReportFormat {
  /// A `booktabs` table; needs nothing but that package.
  package static let latex = ReportFormat(name: "latex", fileName: "table.tex") { report in
    let grid = CellText(report).grid
    let headings = grid.headings
    var lines = [
      "% \\usepackage{booktabs}", "\\begin{table}", "  \\centering",
      "  \\caption{\(report.title.latex)}",
      "  \\begin{tabular}{l\(String(repeating: "r", count: headings.count - 1))}", "    \\toprule",
      "    " + line(headings), "    \\midrule",
    ]
    for (index, block) in grid.blocks.enumerated() {
      if index > 0 { lines.append("    \\midrule") }
      if !block.label.isEmpty {
        lines.append(
          "    \\multicolumn{\(headings.count)}{l}{\\emph{\(block.label.latex)}} \\\\")
      }
      lines += block.rows.map { "    " + line($0) }
    }
    lines += ["    \\bottomrule", "  \\end{tabular}", "", "  \\footnotesize"]
    lines += report.footnotes.map { "  \($0.latex)\\par" }
    lines.append("\\end{table}")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ cells: [String]) -> String {
    cells.map(\.latex).joined(separator: " & ") + " \\\\"
  }
}
