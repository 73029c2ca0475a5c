import Foundation

/// Whether a paper's printed figures agree with each other: counts of right answers, means, cells that are printed twice,
/// changes that the text quotes.
package struct PaperAudit: Sendable {
  /// What a cell is compared with.
  package enum Kind: String, Sendable, CaseIterable {
    case count = "whole numbers of right answers"
    case mean = "means of the columns"
    case repetition = "the same figure in another table"
    case claim = "what the text says"
    case range = "their range"
  }

  package struct Finding: Sendable, Hashable {
    package let kind: Kind
    package let isConsistent: Bool
    package let text: String
  }

  /// The location of a cell.
  private struct Place: Hashable {
    let table: Int
    let model: String
    let row: String
    let column: String
  }

  private let tables: [PaperTable]
  /// By the table's number, but for what agrees in counts and ranges.
  package private(set) var findings: [Int: [Finding]] = [:]
  /// Kinds of checks that each cell took part in.
  private var checks: [Place: Set<Kind>] = [:]
  private var faulty: Set<Place> = []

  /// - Parameter tables: those of one paper; what refers to a table that is not among them is not checked.
  package init(_ tables: [PaperTable]) {
    self.tables = tables
    for table in tables {
      checkRanges(table)
      checkCounts(table)
      checkMeans(table)
      checkRepeats(table)
      checkClaims(table)
    }
  }

  package var cellCount: Int { tables.reduce(0) { $0 + $1.cells.count } }
  package var consistentCount: Int { cellCount - faulty.count }
  package var isConsistent: Bool { faulty.isEmpty }

  /// Number of cells that take part in checks of a kind.
  package func count(_ kind: Kind) -> Int { checks.values.count { $0.contains(kind) } }

  /// Number of cells that nothing else bears on than their range.
  package var uncheckedCount: Int { checks.values.count { $0 == [.range] } }

  // MARK: Checks

  private mutating func note(
    _ kind: Kind, _ table: PaperTable, _ cells: [PaperTable.Cell], isConsistent: Bool,
    _ text: String?
  ) {
    for cell in cells {
      let place = Place(
        table: table.number, model: cell.block.model, row: cell.row.name,
        column: cell.column.name)
      checks[place, default: []].insert(kind)
      if !isConsistent { faulty.insert(place) }
    }
    if let text {
      findings[table.number, default: []].append(
        Finding(kind: kind, isConsistent: isConsistent, text: text))
    }
  }

  /// Percent are in 0…100, perplexities 1 and more, all with two decimals.
  private mutating func checkRanges(_ table: PaperTable) {
    for cell in table.cells {
      let range = cell.column.unit == .perplexity ? 1...1e6 : 0...100.0
      let isRight =
        range.contains(cell.value)
        && abs(100 * cell.value - (100 * cell.value).rounded()) < 1e-6
      note(
        .range, table, [cell], isConsistent: isRight,
        isRight ? nil : "\(name(cell)): \(CellNumber.short(cell.value)) cannot be such a figure")
    }
  }

  /// Every percentage of a number of questions is one of a whole number of right answers.
  private mutating func checkCounts(_ table: PaperTable) {
    for cell in table.cells {
      guard let questions = cell.column.questions else { continue }
      let isRight = values(table, cell).contains {
        ImpliedCounts.counts($0, of: questions, rounding: table.rounding) != nil
      }
      note(
        .count, table, [cell], isConsistent: isRight,
        isRight
          ? nil
          : "\(name(cell)): \(CellNumber.percent(cell.value)) is no whole number of "
            + "\(questions) questions")
    }
  }

  /// A mean is that of its columns, cut like the others.
  private mutating func checkMeans(_ table: PaperTable) {
    for cell in table.cells {
      guard let parts = cell.column.meanOf, !parts.isEmpty else { continue }
      let cells = parts.compactMap { table.cell(cell.block.model, cell.row.name, $0) }
      guard cells.count == parts.count else { continue }
      let sum = cells.reduce(0) { $0 + Self.hundredths($1.value) }
      let isRight = values(table, cell).contains { value in
        let start = Double(Self.hundredths(value)) - (table.rounding == .floor ? 0 : 0.5)
        return (start * Double(parts.count)..<(start + 1) * Double(parts.count))
          .contains(Double(sum))
      }
      for part in cells { note(.mean, table, [part], isConsistent: true, nil) }
      note(
        .mean, table, [cell], isConsistent: isRight,
        "\(name(cell)): printed \(CellNumber.percent(cell.value)), recomputed "
          + String(format: "%.3f", Double(sum) / 100 / Double(parts.count)))
    }
  }

  /// What another table prints, too, is the same there, or one of both is a stated misprint.
  private mutating func checkRepeats(_ table: PaperTable) {
    for again in table.repeats {
      guard let other = tables.first(where: { $0.number == again.table }) else { continue }
      var same = 0
      for row in again.rows {
        for column in again.columns {
          guard let cell = table.cell(again.model, row, column),
            let twin = other.cell(again.model, row, column)
          else {
            note(
              .repetition, table, table.cell(again.model, row, column).map { [$0] } ?? [],
              isConsistent: false, "\(column) of \(row): not in both tables")
            continue
          }
          let isRight = !Set(values(table, cell)).isDisjoint(with: values(other, twin))
          let isEqual = cell.value == twin.value
          if isEqual { same += 1 }
          note(.repetition, other, [twin], isConsistent: true, nil)
          note(
            .repetition, table, [cell], isConsistent: isRight,
            isEqual
              ? nil
              : "\(name(cell)): \(CellNumber.percent(cell.value)), but "
                + "\(CellNumber.percent(twin.value)) in Table \(other.number)"
                + (isRight ? " (a stated misprint)" : ""))
        }
      }
      let all = again.rows.count * again.columns.count
      note(
        .repetition, table, [], isConsistent: true,
        "\(same) of \(all) figures as in Table \(other.number)")
    }
  }

  /// A quoted relative change is that of its two cells at the decimals of the quotation, rounded or cut; a quoted
  /// difference is not exceeded.
  private mutating func checkClaims(_ table: PaperTable) {
    for claim in table.claims {
      guard let before = table.cell(claim.model, claim.from, claim.column),
        let after = table.cell(claim.model, claim.to, claim.column)
      else { continue }
      let place = "\(before.column.title), \(before.rowTitle) → \(after.row.title)"
      if let quoted = claim.lessPercent {
        let change = claim.change(table)
        let scale = quoted == quoted.rounded() ? 1.0 : 10.0
        let isRight = [.toNearestOrAwayFromZero, .down].contains {
          (rule: FloatingPointRoundingRule) in
          (change * scale).rounded(rule) == quoted * scale
        }
        note(
          .claim, table, [before, after], isConsistent: isRight,
          "\(place): quoted \(CellNumber.short(quoted)) % less, recomputed "
            + String(format: "%.2f %%", change))
      }
      if let quoted = claim.withinPoints {
        let difference = abs(after.value - before.value)
        note(
          .claim, table, [before, after], isConsistent: difference <= quoted,
          "\(place): said to be within \(CellNumber.short(quoted)) point, recomputed "
            + String(format: "%.2f", difference))
      }
    }
  }

  // MARK: Words

  /// What a cell can mean: its figure, and what is read in place of a misprint.
  private func values(_ table: PaperTable, _ cell: PaperTable.Cell) -> [Double] {
    [cell.value] + [table.misprint(cell).flatMap { Double($0.read) }].compactMap(\.self)
  }

  private func name(_ cell: PaperTable.Cell) -> String {
    "\(cell.column.title) of \(cell.rowTitle)"
  }

  /// How many cells which checks bear on, and how many are consistent.
  package var summary: String {
    let kinds = Kind.allCases.filter { $0 != .range }.map { "\(count($0)) \($0.rawValue)" }
    let misprints = tables.reduce(0) { $0 + $1.misprints.count }
    return """
      Checked, in cells: \(kinds.joined(separator: "; ")); on \(uncheckedCount) nothing bears but their range.
      Misprints stated: \(misprints).
      \(consistentCount) of \(cellCount) cells consistent

      """
  }

  private static func hundredths(_ percent: Double) -> Int {
    Int((100 * min(max(percent, -1e9), 1e9)).rounded())
  }
}

extension PaperTable.Claim {
  /// Relative decrease between the two cells, percent; NaN where a cell is missing or the first is 0.
  package func change(_ table: PaperTable) -> Double {
    guard let before = table.cell(model, from, column)?.value,
      let after = table.cell(model, to, column)?.value,
      let change = EffectSize.relativeChange(from: before, to: after)
    else { return .nan }
    return -100 * change
  }
}

/// Figures as the paper prints them.
enum CellNumber {
  static func percent(_ value: Double) -> String { String(format: "%.2f", value) }

  /// Without decimals that say nothing.
  static func short(_ value: Double) -> String { String(format: "%g", value) }
}
