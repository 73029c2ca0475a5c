import Formats
import Foundation

extension VariantComparison {
  /// For a terminal: a table of differences, what marks mean, and the first flipped questions.
  ///
  /// - Parameter flipCount: most questions to list of each column.
  package func text(flipCount: Int) -> String {
    let headings = [
      "", "A", "B", "B − A", "95 % interval", "relative", "p", "p (Holm)", "gained", "lost",
    ]
    let rows = [headings] + table.columns.map(row)
    let lines = AlignedText.lines(rows, leading: 1)
    let legend = [
      "* p < 0.05, ** p < 0.01 after Holm's correction over these rows. Tests on the same questions: exact",
      "McNemar for right/wrong scores, paired bootstrap for scores that are not means, else paired z.",
      "relative: (B − A) / A. gained, lost: questions that only B, only A answers rightly; for shares of what is",
      "unwanted, like toxic_fraction, documents that only B, only A has it in: there fewer are better.",
    ]
    return
      (["A: \(first.name)".oneLine, "B: \(second.name)".oneLine, ""] + lines + [""] + legend
      + notes.map(\.oneLine)
      + flipLines(flipCount)).joined(separator: "\n") + "\n"
  }

  private func row(_ column: ScoreColumn) -> [String] {
    let isFraction = CellText.isFraction(column)
    func number(_ value: Double?, signed: Bool = false) -> String {
      value.map { CellText.number($0, isFraction, signed: signed) } ?? "—"
    }
    let scores = [first.name, second.name].map { table.record($0, column)?.finiteValue }
    let cell = self[column]
    let paired = cell?.paired
    let change =
      number(cell?.change, signed: true) + (cell?.mark ?? "")
      + (paired?.standardError.map { " ± " + number($0) } ?? "")
    let interval = paired.map {
      "\(number($0.interval.lowerBound, signed: true)) … \(number($0.interval.upperBound, signed: true))"
    }
    let isBinary = paired?.test == .mcnemar
    return [
      table.title(column) + (isFraction ? " %" : ""), number(scores[0]), number(scores[1]), change,
      interval ?? "—",
      cell?.relativeChange.map { CellText.number($0, true, signed: true) + " %" } ?? "—",
      paired.map { Self.probability($0.pValue) } ?? "—",
      cell?.adjustedP.map(Self.probability) ?? "—",
      isBinary ? "\(paired?.gained ?? 0)" : "—", isBinary ? "\(paired?.lost ?? 0)" : "—",
    ]
  }

  private static func probability(_ p: Double) -> String {
    p < 0.0001 ? "< 0.0001" : String(format: "%.4f", p)
  }

  private func flipLines(_ most: Int) -> [String] {
    guard most > 0 else { return [] }
    return table.columns.flatMap { column -> [String] in
      let flips = flips.filter { $0.column == column }
      guard !flips.isEmpty else { return [] }
      let shown = flips.prefix(most).map { flip in
        let target = flip.target.prefix(60).oneLine
        return "  \(flip.isGained ? "+" : "−") document \(flip.documentID), answer '\(target)'"
      }
      let rest = flips.count > most ? ["  … and \(flips.count - most) more"] : []
      let gained = flips.count { $0.isGained }
      return ["", "\(table.title(column).oneLine): \(gained) gained, \(flips.count - gained) lost"]
        + shown + rest
    }
  }

  /// Everything, with shares in 0…1.
  package var json: String {
    do {
      return try JSON.text(ComparisonDocument(self))
    } catch {
      preconditionFailure("a comparison of finite numbers cannot be written as JSON: \(error)")
    }
  }
}

/// The JSON layout; a change of meaning raises `schema`.
private struct ComparisonDocument: Encodable {
  struct Row: Encodable {
    var task, metric, filter: String
    var a, b, change, relativeChange, standardError: Double?
    var interval: [Double]?
    var test: String?
    var p, midP, pHolm: Double?
    /// Cohen's h, for right/wrong scores.
    var cohensH: Double?
    var documents, gained, lost: Int?

    enum CodingKeys: String, CodingKey {
      case task, metric, filter, a, b, change, interval, test, p, documents, gained, lost
      case relativeChange = "relative_change"
      case standardError = "standard_error"
      case midP = "p_mid"
      case pHolm = "p_holm"
      case cohensH = "cohens_h"
    }
  }

  struct Flip: Encodable {
    var task, metric, filter, target: String
    var document: Int
    var change: String
  }

  var schema = 1
  var a, b: String
  var scores: [Row]
  var flips: [Flip]
  var notes: [String]

  init(_ comparison: VariantComparison) {
    a = comparison.first.name
    b = comparison.second.name
    notes = comparison.notes
    scores = comparison.table.columns.map { column in
      let (cell, paired) = (comparison[column], comparison[column]?.paired)
      var row = Row(task: column.task, metric: column.metric, filter: column.filter)
      row.a = comparison.table.record(comparison.first.name, column)?.finiteValue
      row.b = comparison.table.record(comparison.second.name, column)?.finiteValue
      (row.change, row.relativeChange) = (cell?.change, cell?.relativeChange)
      row.standardError = paired?.standardError
      row.interval = paired.map { [$0.interval.lowerBound, $0.interval.upperBound] }
      (row.test, row.documents) = (paired?.test.rawValue, paired?.documents)
      (row.p, row.midP, row.pHolm) = (paired?.pValue, paired?.midP, cell?.adjustedP)
      if let a = row.a, let b = row.b, paired?.test == .mcnemar {
        (row.gained, row.lost) = (paired?.gained, paired?.lost)
        row.cohensH = EffectSize.cohensH(from: a, to: b)
      }
      return row
    }
    flips = comparison.flips.map {
      Flip(
        task: $0.column.task, metric: $0.column.metric, filter: $0.column.filter,
        target: $0.target, document: $0.documentID, change: $0.isGained ? "gained" : "lost")
    }
  }
}
