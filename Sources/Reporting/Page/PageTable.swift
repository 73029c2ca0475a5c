import Formats

/// A table of texts in a page; the first column names the rows.
package struct PageTable: Sendable {
  /// Rows below a label of their own; the label is empty for none.
  package struct Block: Sendable {
    package var label: String
    package var rows: [[String]]

    package init(label: String = "", rows: [[String]]) {
      self.label = label
      self.rows = rows
    }
  }

  package var caption: String
  package var headings: [String]
  package var blocks: [Block]

  package init(caption: String = "", headings: [String], blocks: [Block]) {
    self.caption = caption
    self.headings = headings
    self.blocks = blocks
  }

  /// Where a table has more columns of scores than this and fewer variants, its columns become rows.
  private static let mostColumns = 5

  private static func table(_ report: Report, _ columns: [ScoreColumn]) -> PageTable {
    let isWide =
      columns.count > mostColumns && columns.count > report.table.models.count
      && report.groups.isEmpty && report.meanColumns.isEmpty
    let grid = CellText(report).grid(
      columns, columnsAreRows: isWide || report.columnsAreRows)
    return PageTable(
      caption: report.title, headings: grid.headings,
      blocks: grid.blocks.map { Block(label: $0.label, rows: $0.rows) })
  }

  /// Every score, where the tables leave some out.
  static func details(_ report: Report) -> [PageTable] {
    let plain = report.table.columns.filter { $0.group == nil }
    guard report.table.mainColumns.count < report.table.columns.count else { return [] }
    return [table(report, plain)]
  }

  /// The tables of a report: variants against tasks, then for each task with groups its groups
  /// against variants.
  static func tables(_ report: Report) -> [PageTable] {
    let text = CellText(report)
    let plain = report.table.mainColumns.filter { $0.group == nil }
    var tables: [PageTable] = []
    if !plain.isEmpty { tables.append(table(report, plain)) }
    var seen: [String] = []
    for column in report.table.columns {
      guard let group = column.group else { continue }
      let kind =
        column.metric == "toxic_fraction" && column.filter == "none"
        ? "Toxicity by group (\(group.task))"
        : "\(group.task): \(report.table.shortTitle(column))"
      guard !seen.contains(kind) else { continue }
      seen.append(kind)
      let columns = report.table.columns.filter {
        $0.group?.task == group.task && $0.metric == column.metric && $0.filter == column.filter
      }
      tables.append(
        PageTable(
          caption: kind + (CellText.isFraction(column) ? ", %" : ""),
          headings: ["group"] + report.table.models,
          blocks: [
            Block(
              rows: columns.map { column in
                [report.table.givenTitle(column) ?? column.group?.name ?? ""]
                  + report.table.models.map { text.cell($0, column) }
              })
          ]))
    }
    return tables
  }

  /// Rows of one block can be sorted; sorting several would tear them apart.
  func markup(showsCaption: Bool) -> String {
    let isSortable = blocks.count == 1 && blocks.allSatisfy { $0.rows.count > 1 }
    var markup =
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"\(label.xml)\">\n"
      + "<table\(isSortable ? " class=\"sortable\"" : "")>\n"
    if !caption.isEmpty, showsCaption { markup += "<caption>\(caption.xml)</caption>\n" }
    markup += "<thead><tr>"
    for heading in headings {
      let text = Self.keptTogether(heading).xml
      markup +=
        "<th scope=\"col\">\(isSortable ? "<button type=\"button\">\(text)</button>" : text)</th>"
    }
    markup += "</tr></thead>\n<tbody>\n"
    for block in blocks {
      if !block.label.isEmpty {
        markup +=
          "<tr class=\"block\"><th scope=\"rowgroup\" colspan=\"\(headings.count)\">"
          + "\(block.label.xml)</th></tr>\n"
      }
      for row in block.rows { markup += Self.markup(row) }
    }
    return markup + "</tbody>\n</table>\n</div>\n"
  }

  private var label: String { caption.isEmpty ? "Table" : caption }

  private static func markup(_ row: [String]) -> String {
    let cells = row.enumerated().map { index, cell in
      index == 0
        ? "<th scope=\"row\">\(cell.xml)</th>" : "<td>\(keptTogether(cell).xml)</td>"
    }
    return "<tr>\(cells.joined())</tr>\n"
  }

  /// A cell that breaks before its interval and its change at most, where it has no room.
  private static func keptTogether(_ cell: String) -> String {
    [" ±", "± ", " %", " ↓", " ↑"].reduce(cell) { text, part in
      text.replacing(part, with: part.replacing(" ", with: "\u{A0}"))
    }
    .replacing(#/\[[^\]]*\]/#) { $0.output.replacing(" ", with: "\u{A0}") }
  }
}
