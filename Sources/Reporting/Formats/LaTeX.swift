extension ReportFormat {
  /// A `booktabs` table; needs nothing but that package.
  package static let latex = ReportFormat(name: "latex", fileName: "table.tex") { report in
    let text = CellText(report)
    let headings = text.headings
    var lines = [
      "% \\usepackage{booktabs}", "\\begin{table}", "  \\centering",
      "  \\caption{\(escaped(report.title))}",
      "  \\begin{tabular}{l\(String(repeating: "r", count: headings.count - 1))}", "    \\toprule",
      "    " + line(headings), "    \\midrule",
    ]
    for (index, block) in text.blocks.enumerated() {
      if index > 0 { lines.append("    \\midrule") }
      if !block.label.isEmpty {
        lines.append(
          "    \\multicolumn{\(headings.count)}{l}{\\emph{\(escaped(block.label))}} \\\\")
      }
      lines += block.models.map { "    " + line(text.row($0)) }
    }
    lines += ["    \\bottomrule", "  \\end{tabular}", "", "  \\footnotesize"]
    lines += report.footnotes.map { "  \(escaped($0))\\par" }
    lines.append("\\end{table}")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ cells: [String]) -> String {
    cells.map(escaped).joined(separator: " & ") + " \\\\"
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&", "%", "$", "#", "_", "{", "}": result += "\\\(character)"
      case "\\": result += "\\textbackslash{}"
      case "~": result += "\\textasciitilde{}"
      case "^": result += "\\textasciicircum{}"
      case "±": result += "$\\pm$"
      case "−": result += "$-$"
      case "·": result += "$\\cdot$"
      case "<", ">": result += "$\(character)$"
      case "—": result += "---"
      case "⚠": result += "$\\triangle$"
      case "≤": result += "$\\leq$"
      case "≥": result += "$\\geq$"
      case "\n", "\r\n", "\r": result += " "
      default: result.append(character)
      }
    }
    return result
  }
}
