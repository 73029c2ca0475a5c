extension PaperTable {
  /// For a terminal: the table as printed with the counts that it implies, what the audit found, misprints and notes.
  package func text(_ audit: PaperAudit) -> String {
    let rows = blocks.flatMap { block in
      block.rows.map { row in
        [block.title(of: row)]
          + zip(columns, row.values).map { column, value in
            CellNumber.percent(value) + counts(value, column)
          }
      }
    }
    let sizes =
      ["questions"] + columns.map { column in column.questions.map(String.init) ?? "—" }
    let table = [[""] + columns.map(\.heading)] + rows + [sizes]
    let lines = AlignedText.lines(columnsAreRows ? table.transposed : table, leading: 1)
    let findings = (audit.findings[number] ?? []).map {
      ($0.isConsistent ? "agrees: " : "DISAGREES: ") + $0.text
    }
    let printed = misprints.map { misprint in
      let place = [
        misprint.model.flatMap { block($0)?.title }, misprint.row, misprint.column,
      ].compactMap(\.self).joined(separator: ", ")
      return "misprint\(place.isEmpty ? "" : " (\(place))"): '\(misprint.printed)' is read as "
        + "'\(misprint.read)': \(misprint.because)"
    }
    return
      (["\(heading) (\(place)); percent (right answers) unless it is a perplexity", ""] + lines
      + [""] + findings + printed + notes).joined(separator: "\n") + "\n"
  }

  /// ` (398)`, ` (7931 or 7932)`; empty for a figure that is no share of questions.
  private func counts(_ value: Double, _ column: Column) -> String {
    guard let questions = column.questions,
      let counts = ImpliedCounts.counts(value, of: questions, rounding: rounding)
    else { return "" }
    return " (\(counts.map(String.init).joined(separator: " or ")))"
  }
}

extension PaperFigures {
  /// What each figure shows, a line each.
  package var text: String {
    let axes = axes.map { $0.heading() }.joined(separator: ", ")
    return figures.map { figure in
      let series = (figure.series ?? []).map(\.title).joined(separator: ", ")
      return "Figure \(figure.number) (\(figure.place)), \(figure.kind.rawValue)"
        + ": \(figure.shows)"
        + (series.isEmpty ? "" : " Series: \(series). Axes: \(axes).")
    }.joined(separator: "\n") + "\n"
  }
}

extension [[String]] {
  /// Columns as rows; rows are equally long.
  var transposed: [[String]] {
    (first ?? []).indices.map { column in map { $0[column] } }
  }
}
