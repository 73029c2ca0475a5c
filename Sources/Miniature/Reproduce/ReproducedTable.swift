import Evaluation
import Formats
package import Reporting

/// The counterpart of one of the paper's tables.
package struct ReproducedTable: Sendable {
  /// 1…7 as in the paper.
  package let number: Int
  package let title: String
  package let report: Report
  /// The paper's own figures beside those of the same rows and columns.
  package fileprivate(set) var beside: [PaperComparison] = []

  /// File name without extension.
  package var name: String { "table-\(number)" }

  /// The tables that the scenarios' results allow.
  ///
  /// - Parameter paper: the paper's figures.
  package static func all(
    _ results: [ScenarioResult], paper: [PaperTable] = []
  ) -> [ReproducedTable] {
    let beside = PaperBeside(paper: paper)
    return all(results).map { table in
      var table = table
      table.beside = beside.comparisons(table.number, table.report.table)
      return table
    }
  }

  private static func all(_ results: [ScenarioResult]) -> [ReproducedTable] {
    results.flatMap { result -> [ReproducedTable] in
      let pooled = PooledScores(result.seeds)
      let make = { (number: Int, title: String, rows: Rows, columns: [Columns]) in
        table(number, title, result, pooled, rows, columns)
      }
      let tables: [ReproducedTable?] =
        switch result.scenario.name {
        case Scenario.toxicity.name:
          [
            make(1, "Toxicity, fluency and benchmarks", .all, [.toxicity, .perplexity, .average]),
            make(3, "Toxicity by demographic group", .all, [.groups]),
            make(4, "Ten benchmarks, RMU", .method("RMU"), [.benchmarks, .average]),
            make(5, "Ten benchmarks, TVN", .method("TVN"), [.benchmarks, .average]),
          ]
        case Scenario.hazard.name:
          [make(2, "Hazardous knowledge", .all, [.hazard, .mmlu, .average])]
        default:
          [
            make(
              6, "Implicit and explicit toxicity", .all,
              [.toxicity, .openPrompts, .perplexity, .average]),
            make(7, "Ten benchmarks, implicit and explicit", .all, [.benchmarks, .average]),
          ]
        }
      return tables.compactMap(\.self)
    }.sorted { $0.number < $1.number }
  }

  /// Which models a table has.
  private enum Rows {
    case all
    case method(String)

    func contains(_ row: String) -> Bool {
      switch self {
      case .all: true
      case .method(let name): row == "base" || row == name || row.hasSuffix("-\(name)")
      }
    }
  }

  /// A family of columns.
  private enum Columns {
    case toxicity, perplexity, openPrompts, groups, hazard, mmlu, benchmarks, average

    func contains(_ record: ScoreRecord) -> Bool {
      let (task, metric) = (record.task, record.metric)
      return switch self {
      case .toxicity: task == "toxigen" && metric == "toxic_fraction"
      case .perplexity: task == "toxigen" && metric.hasPrefix("perplexity")
      case .openPrompts: task == "real_toxicity_prompts" && metric == "toxic_fraction"
      case .groups: task.hasPrefix("toxigen/") && metric == "toxic_fraction"
      case .hazard: task.hasPrefix("miniature_wmdp_") && metric == "acc"
      case .mmlu: task == "miniature_mmlu" && metric == "acc"
      case .benchmarks: Self.metrics[task].map { $0 == (metric, record.filter) } ?? false
      case .average: task == "miniature" && metric == "average"
      }
    }

    /// The metric of each benchmark's column, as in the group's `metadata.average`.
    private static let metrics: [String: (String, String)] = [
      "miniature_arc_challenge": ("acc_norm", "none"), "miniature_arc_easy": ("acc_norm", "none"),
      "miniature_hellaswag": ("acc_norm", "none"), "miniature_mmlu": ("acc", "none"),
      "miniature_truthfulqa": ("acc", "none"), "miniature_winogrande": ("acc", "none"),
      "miniature_gsm8k": ("exact_match", "strict-match"),
      "miniature_mathqa": ("acc_norm", "none"), "miniature_piqa": ("acc_norm", "none"),
      "miniature_pubmedqa": ("acc", "none"),
    ]
  }

  private static func table(
    _ number: Int, _ title: String, _ result: ScenarioResult, _ pooled: PooledScores,
    _ rows: Rows, _ columns: [Columns]
  ) -> ReproducedTable? {
    let records = columns.flatMap { column in
      pooled.records.filter { column.contains($0) && rows.contains($0.model) }
    }
    guard records.contains(where: { $0.model != "base" }) else { return nil }
    let seeds = result.seeds.map { String($0.seed) }.joined(separator: ", ")
    let report = Report(
      title: "Table \(number): \(title)", records: records, samples: pooled.samples,
      baseline: "base",
      notes: [
        "Miniature world, base models \(seeds). Factors chosen on validation data: "
          + choices(result) + ". " + Choice.rule(result.scenario.price)
      ], rowNotes: result.rowNotes)
    return ReproducedTable(number: number, title: title, report: report)
  }

  /// `RMU 0.8, 1, none; SPUNGE-RMU 1, 1, 1`: a factor for each base model.
  private static func choices(_ result: ScenarioResult) -> String {
    var rows: [String] = []
    for choice in result.seeds.flatMap(\.candidates) where !rows.contains(choice.row) {
      rows.append(choice.row)
    }
    return rows.map { row in
      let scales = result.seeds.map { seed in
        seed.choices.first { $0.row == row }.map { choice in
          NumberText.shortest(choice.scale)
        } ?? "none"
      }
      return "\(row) \(scales.joined(separator: ", "))"
    }.joined(separator: "; ")
  }
}
