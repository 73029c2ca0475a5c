extension PaperTable {
  /// For a terminal: the table, the counts that it implies, what the check found, and notes.
  package var text: String {
    let shown = columns.filter { column in cells.contains { $0.column == column.name } }
    let rows = rows.map { row in
      [row.title]
        + shown.map { column in
          guard let cell = cell(row.name, column.name) else { return "—" }
          let counts = cell.correct.map { " (\($0.map(String.init).joined(separator: " or ")))" }
          return CellNumber.percent(cell.value) + (counts ?? "")
        }
    }
    let sizes =
      ["questions"] + shown.map { column in column.questions.map(String.init) ?? "—" }
    let lines = AlignedText.lines([[""] + shown.map(\.title)] + rows + [sizes], leading: 1)
    let unplaced = (self.unplaced ?? []).map { figures in
      "printed in \(column(figures.column)?.title ?? figures.column), cell not known: "
        + figures.values.map(CellNumber.percent).joined(separator: ", ")
    }
    let findings = PaperCheck(self).findings.map { "\($0.kind.rawValue): \($0.text)" }
    return
      (["\(title) (\(table)); percent (right answers)", ""] + lines + [""] + unplaced
      + findings + notes).joined(separator: "\n") + "\n"
  }
}
