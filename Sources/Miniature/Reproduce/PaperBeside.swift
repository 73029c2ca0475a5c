import Evaluation
import Foundation
import Reporting

/// The paper's own figures beside their counterparts in the miniature world: other models, other questions.
struct PaperBeside {
  /// Tables of `results/paper`.
  let paper: [PaperTable]

  /// What must be said above every such table.
  static let caution =
    "The paper's figures are of its own models, named in each row, on its own questions; the measured ones are of "
    + "the miniature world's models on the world's questions. A difference tells two settings apart; it does not "
    + "say that either is wrong."

  /// Cells of the paper that one of its tables has, as far as they are known.
  private struct Extract {
    let name: String
    var rows: Set<String>?
    var columns: Set<String>?
  }

  /// By the number of the paper's table; of table 3 no cell is known.
  private static let extracts: [Int: [Extract]] = [
    1: [Extract(name: "toxicity"), Extract(name: "benchmarks-zephyr", columns: ["average"])],
    2: [Extract(name: "hazardous-knowledge")],
    4: [Extract(name: "benchmarks-zephyr", rows: ["base", "rmu", "spunge_rmu"])],
    5: [
      Extract(
        name: "benchmarks-zephyr",
        rows: ["base", "task_vector_negation", "spunge_task_vector_negation"]),
      Extract(name: "benchmarks-llama2"),
    ],
    6: [Extract(name: "toxicity")],
    7: [Extract(name: "benchmarks-implicit-explicit")],
  ]

  /// What stands beside the counterpart of table `number`.
  func comparisons(_ number: Int, _ measured: ScoreTable) -> [PaperComparison] {
    (Self.extracts[number] ?? []).compactMap { extract in
      guard var table = paper.first(where: { $0.name == extract.name }) else { return nil }
      table.cells.removeAll { cell in
        extract.rows.map { !$0.contains(cell.row) } ?? false
          || extract.columns.map { !$0.contains(cell.column) } ?? false
      }
      let comparison = PaperComparison(
        table, measured: measured, model: { Self.row($0.name) }, task: Self.task)
      return comparison.rows.isEmpty ? nil : comparison
    }
  }

  /// Our row for one of `results/paper`.
  private static func row(_ name: String) -> String {
    switch name {
    case "rmu": "RMU"
    case "spunge_rmu": "SPUNGE-RMU"
    case "task_vector_negation": "TVN"
    case "spunge_task_vector_negation": "SPUNGE-TVN"
    default: name
    }
  }

  /// The world's task for a column of the paper.
  private static func task(_ column: PaperTable.Column) -> String? {
    switch column.name {
    case "average": "miniature"
    case "toxigen": "toxigen"
    case "realtoxicityprompts": "real_toxicity_prompts"
    case "truthfulqa_mc2": "miniature_truthfulqa"
    default: column.task.map { "miniature_" + $0 }
    }
  }

  // MARK: Relative changes

  static let quotedHeadings = ["measure", "from → to", "paper", "measured"]

  /// The relative changes that the paper's text quotes, beside ours.
  ///
  /// - Parameter records: scores by the scenario's name, means over the base models.
  func quoted(_ records: [String: [ScoreRecord]]) -> [[String]] {
    var rows: [[String]] = []
    for table in paper {
      let claims = table.claims ?? []
      for claim in claims {
        guard let name = claim.column, let column = table.column(name),
          let task = Self.task(column),
          let from = claim.from.map(Self.row), let to = claim.to.map(Self.row)
        else { continue }
        let own = records[Scenario.hazard.name].flatMap {
          Self.change($0, task, "acc", from: from, to: to)
        }
        rows.append([
          column.title, "\(from) → \(to)", Self.text(-claim.percent / 100), Self.text(own),
        ])
      }
      let unplaced = claims.filter { $0.column == nil }.map { Self.text(-$0.percent / 100) }
      guard !unplaced.isEmpty, let own = records[Scenario.toxicity.name] else { continue }
      for method in ["RMU", "TVN"] {
        let change = Self.change(
          own, "toxigen", "toxic_fraction", from: method, to: "SPUNGE-" + method)
        rows.append([
          "ToxiGen", "\(method) → SPUNGE-\(method)",
          unplaced.joined(separator: " or ") + ", cell not known", Self.text(change),
        ])
      }
    }
    return rows.filter { $0.last != Self.text(nil) }
  }

  private static func change(
    _ records: [ScoreRecord], _ task: String, _ metric: String, from: String, to: String
  ) -> Double? {
    func value(_ row: String) -> Double? {
      records.filter { $0.model == row }.value(task, metric)
    }
    guard let before = value(from), let after = value(to) else { return nil }
    return EffectSize.relativeChange(from: before, to: after)
  }

  private static func text(_ change: Double?) -> String {
    change.map { ($0 < 0 ? "−" : "+") + String(format: "%.1f %%", abs(100 * $0)) } ?? "—"
  }
}
