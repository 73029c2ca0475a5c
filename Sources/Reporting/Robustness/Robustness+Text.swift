import Evaluation
import Formats
import Foundation

extension Robustness {
  /// A GitHub-flavoured Markdown page: every attack, then a summary for each model, then what the columns mean.
  package var markdown: String {
    var lines = ["# Does it hold?", ""]
    lines += sentences.map { $0.markdown + "  " } + [""]
    lines += Self.table(
      ["model", "attack", "score", "base", "before", "attacked", "regained %", "p"],
      cells.map { cell in
        let isFraction = CellText.isFraction(cell.column)
        return [cell.attack.source, cell.attack.title, cell.column.name]
          + [cell.base, cell.before, cell.after].map { CellText.number($0, isFraction) }
          .enumerated().map { $0 == 2 && cell.caution != nil ? "\($1) ⚠" : $1 }
          + [Self.regained(cell), cell.adjustedP.map { String(format: "%.3g", $0) } ?? "—"]
      })
    if !summaries.isEmpty {
      lines += Self.table(
        [
          "model", "score", "R (relearning)", "Q (rounding)", "harmonic mean",
          "documents to regain 50 %", "90 %",
        ],
        summaries.map { summary in
          [summary.model, summary.column.name]
            + [summary.relearning, summary.rounding, summary.harmonicMean].map(Self.share)
            + [0.5, 0.9].map { Self.documents(summary, $0) }
        })
    }
    lines += cautions.map { $0.markdown + "  " }
    return (lines + Self.legend(hasReference: reference != nil).map { $0 + "  " })
      .joined(separator: "\n") + "\n"
  }

  /// What the attacks showed: a sentence for each score that one changed by more than chance, or one that none did.
  package var sentences: [String] {
    let shown: [String] = cells.compactMap { cell in
      guard let regained = cell.regained, let p = cell.adjustedP else { return nil }
      guard p < 0.05 else { return nil }
      let name = "\(cell.attack.source), \(cell.column.name), after \(cell.attack.title)"
      return "\(name): "
        + (regained >= 0
          ? "\(Self.percent(regained)) % of what unlearning had changed came back."
          : "\(Self.percent(-regained)) % more was lost.")
    }
    guard shown.isEmpty else { return shown }
    return cells.contains { $0.regained != nil }
      ? ["No attack changed a score by more than these documents can show."] : []
  }

  /// What ⚠ means, of each attacked row once.
  private var cautions: [String] {
    var lines: [String] = []
    for cell in cells {
      guard let caution = cell.caution else { continue }
      let line = "⚠ \(cell.attack.row), \(cell.column.name): \(caution)"
      if !lines.contains(line) { lines.append(line) }
    }
    return lines
  }

  /// Everything as JSON.
  package func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Content(self)), as: UTF8.self) + "\n"
  }

  private static func regained(_ cell: Cell) -> String {
    guard let regained = cell.regained else { return "—" }
    let ends = cell.interval.map { " [\(percent($0.lowerBound)), \(percent($0.upperBound))]" }
    return percent(regained) + (ends ?? "")
  }

  private static func percent(_ share: Double) -> String {
    String(format: "%.0f", 100 * share).replacing("-", with: "−")
  }

  private static func share(_ value: Double?) -> String {
    value.map { String(format: "%.2f", $0) } ?? "—"
  }

  private static func documents(_ summary: Summary, _ share: Double) -> String {
    let texts = summary.recoveries.compactMap { recovery -> String? in
      guard let largest = recovery.curve.last?.documents else { return nil }
      let count = recovery.documents(regaining: share).map { "\($0)" } ?? "> \(largest)"
      return summary.recoveries.count > 1 ? "\(count) (\(recovery.attack))" : count
    }
    return texts.isEmpty ? "—" : texts.joined(separator: ", ")
  }

  private static func table(_ headings: [String], _ rows: [[String]]) -> [String] {
    func line(_ cells: [String]) -> String {
      "| " + cells.map(\.markdown).joined(separator: " | ") + " |"
    }
    return [line(headings), "|" + headings.map { _ in "---|" }.joined()] + rows.map(line) + [""]
  }

  private static func legend(hasReference: Bool) -> [String] {
    [
      "Regained: (attacked − before) ÷ (base − before), with a 95 % bootstrap interval over documents; — where "
        + "the unlearned model does not differ from the base by more than chance (p ≥ 0.05).",
      "p: paired test of the attacked against the unlearned model, Holm-corrected over this table.",
      hasReference
        ? "R: what the reference model gained from the same text ÷ what the unlearned model gained, at most 1; the "
          + "smallest over the relearning attacks."
        : "R needs a reference model that never saw the forget data: { name: retain_only, model: FOLDER }, with the "
          + "same attack on it.",
      "Q: score of the unlearned model ÷ its score after rounding, at most 1 (the other way round for scores that "
        + "unlearning raised); the smallest over the roundings.",
    ]
  }
}

/// The layout of robustness.json.
private struct Content: Encodable {
  let base: String
  let reference: String?
  let attacks: [Attack]
  let summaries: [Summary]

  struct Attack: Encodable {
    let model, row, attack, kind, task, metric, filter: String
    let documents: Int?
    let base, unlearned, attacked: Double
    let regained, regainedLower, regainedUpper, adjustedP, robustness: Double?
    let caution: String?
  }

  struct Summary: Encodable {
    let model, task, metric, filter: String
    let relearning, rounding, harmonicMean: Double?
    let curves: [Curve]
  }

  struct Curve: Encodable {
    let attack: String
    let documents: [Int]
    let regained: [Double]
    let documentsToRegain50, documentsToRegain90: Int?
  }

  init(_ robustness: Robustness) {
    base = robustness.base
    reference = robustness.reference
    attacks = robustness.cells.map { cell in
      Attack(
        model: cell.attack.source, row: cell.attack.row, attack: cell.attack.attack,
        kind: cell.attack.kind.rawValue, task: cell.column.task, metric: cell.column.metric,
        filter: cell.column.filter, documents: cell.attack.documents, base: cell.base,
        unlearned: cell.before, attacked: cell.after, regained: cell.regained,
        regainedLower: cell.interval?.lowerBound, regainedUpper: cell.interval?.upperBound,
        adjustedP: cell.adjustedP, robustness: cell.robustness, caution: cell.caution)
    }
    summaries = robustness.summaries.map { summary in
      Summary(
        model: summary.model, task: summary.column.task, metric: summary.column.metric,
        filter: summary.column.filter, relearning: summary.relearning, rounding: summary.rounding,
        harmonicMean: summary.harmonicMean,
        curves: summary.recoveries.map { recovery in
          Curve(
            attack: recovery.attack, documents: recovery.curve.map(\.documents),
            regained: recovery.curve.map(\.regained),
            documentsToRegain50: recovery.documents(regaining: 0.5),
            documentsToRegain90: recovery.documents(regaining: 0.9))
        })
    }
  }
}
