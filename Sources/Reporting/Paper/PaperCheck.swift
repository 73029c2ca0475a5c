import Foundation

/// Whether a paper's figures agree with each other.
package struct PaperCheck: Sendable {
  package struct Finding: Sendable, Hashable {
    package enum Kind: String, Sendable {
      case agrees, disagrees
      /// Cells are missing.
      case open
    }

    package let kind: Kind
    package let text: String
  }

  package let findings: [Finding]

  package var disagreements: [Finding] { findings.filter { $0.kind == .disagrees } }

  package init(_ table: PaperTable) {
    findings =
      Self.counts(table) + Self.means(table) + Self.claims(table) + Self.shares(table)
      + Self.misprints(table)
  }

  /// Every percentage of a share is one of a whole number of questions, the number recorded.
  private static func counts(_ table: PaperTable) -> [Finding] {
    table.columns.compactMap { column in
      guard let questions = column.questions, column.isShareOfQuestions ?? true else { return nil }
      let cells = table.cells.filter { $0.column == column.name }
      let wrong = cells.filter { cell in
        let implied = ImpliedCounts.counts(
          cell.value, of: questions, rounding: table.rounding ?? .floor)
        return implied.map { Array($0) } != cell.correct
      }
      guard wrong.isEmpty else {
        let rows = wrong.map { "\($0.row) \(CellNumber.percent($0.value))" }
        return Finding(
          kind: .disagrees,
          text: "\(column.title): not the recorded counts of \(questions): "
            + rows.joined(separator: ", "))
      }
      return Finding(
        kind: .agrees,
        text: "\(column.title): \(cells.count) cells are whole numbers of \(questions) questions")
    }
  }

  /// A mean column is the mean of its columns, cut like the others.
  private static func means(_ table: PaperTable) -> [Finding] {
    var findings: [Finding] = []
    for column in table.columns {
      guard let parts = column.meanOf, !parts.isEmpty else { continue }
      for cell in table.cells where cell.column == column.name {
        let known = parts.compactMap { table.cell(cell.row, $0)?.value }
        let sum = known.reduce(0) { $0 + hundredths($1) }
        let (low, high) = sums(cell.value, of: parts.count, table.rounding ?? .floor)
        let missing = parts.filter { table.cell(cell.row, $0) == nil }
        let name = "\(column.title) of \(cell.row)"
        if missing.isEmpty {
          let agrees = Double(sum) >= low && Double(sum) < high
          findings.append(
            Finding(
              kind: agrees ? .agrees : .disagrees,
              text: "\(name): printed \(CellNumber.percent(cell.value)), recomputed "
                + String(format: "%.3f", Double(sum) / 100 / Double(parts.count))))
        } else {
          let range = missing.count == 1
            ? "; it implies \(String(format: "%.2f", (low - Double(sum)) / 100))…"
              + "\(String(format: "%.2f", ((high - Double(sum)).rounded(.up) - 1) / 100)) for it"
            : ""
          findings.append(
            Finding(
              kind: .open,
              text: "\(name): cannot be recomputed without \(missing.joined(separator: ", "))"
                + range))
        }
      }
    }
    return findings
  }

  /// Sums in hundredths of a percent whose mean over `count` is printed as `value`: low ≤ sum < high.
  private static func sums(
    _ value: Double, of count: Int, _ rounding: PaperTable.Rounding
  ) -> (Double, Double) {
    let start = Double(hundredths(value)) - (rounding == .floor ? 0 : 0.5)
    return (start * Double(count), (start + 1) * Double(count))
  }

  /// A quoted relative change is that of its two cells, at the decimals of the quotation.
  private static func claims(_ table: PaperTable) -> [Finding] {
    (table.claims ?? []).map { claim in
      let quoted = CellNumber.short(claim.percent)
      guard let column = claim.column, let from = claim.from, let to = claim.to,
        let before = table.cell(from, column), let after = table.cell(to, column)
      else {
        return Finding(kind: .open, text: "quoted change of \(quoted) %: its cells are not known")
      }
      let change = EffectSize.relativeChange(from: before.value, to: after.value).map { -100 * $0 }
      let scale = claim.percent == claim.percent.rounded() ? 1.0 : 10.0
      let agrees = change.map {
        ($0 * scale).rounded() == claim.percent * scale
          || ($0 * scale).rounded(.down) == claim.percent * scale
      }
      return Finding(
        kind: agrees ?? false ? .agrees : .disagrees,
        text: "\(column), \(from) → \(to): quoted \(quoted) % less, recomputed "
          + (change.map { String(format: "%.2f %%", $0) } ?? "nothing"))
    }
  }

  /// Columns said not to hold shares of their questions do hold figures that are none.
  private static func shares(_ table: PaperTable) -> [Finding] {
    table.columns.compactMap { column in
      guard let questions = column.questions, column.isShareOfQuestions == false else { return nil }
      let values =
        table.cells.filter { $0.column == column.name }.map(\.value)
        + (table.unplaced ?? []).filter { $0.column == column.name }.flatMap(\.values)
      let none = values.filter { value in
        [.floor, .nearest].allSatisfy {
          ImpliedCounts.counts(value, of: questions, rounding: $0) == nil
        }
      }
      return Finding(
        kind: none.isEmpty ? .disagrees : .agrees,
        text: "\(column.title): \(none.count) of \(values.count) figures are no share of "
          + "\(questions) prompts (\(none.map(CellNumber.percent).joined(separator: ", ")))")
    }
  }

  private static func misprints(_ table: PaperTable) -> [Finding] {
    table.cells.compactMap { cell in
      cell.printed.map {
        Finding(
          kind: .open,
          text: "\(cell.column) of \(cell.row): printed \($0), read as "
            + CellNumber.percent(cell.value))
      }
    }
  }

  private static func hundredths(_ percent: Double) -> Int {
    Int((100 * min(max(percent, -1e9), 1e9)).rounded())
  }
}

/// Figures as the paper prints them.
enum CellNumber {
  static func percent(_ value: Double) -> String { String(format: "%.2f", value) }

  /// Without decimals that say nothing.
  static func short(_ value: Double) -> String { String(format: "%g", value) }
}
