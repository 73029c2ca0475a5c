import Evaluation
import Formats
import Foundation
package import Reporting
import Spunge

extension PaperArtefacts.Layout {
  /// The paper's layout over the miniature world's tasks and groups.
  package static func miniature(tables: [PaperTable], figures: PaperFigures) -> Self {
    PaperArtefacts.Layout(
      tables: tables, figures: figures, measures: .miniature,
      groups: Dictionary(
        uniqueKeysWithValues: Group.targets.map { group in
          (group.category, (group: group.name, title: group.name.capitalized))
        }))
  }
}

extension ScenarioResult {
  /// Means over the base models under the names of the paper's rows.
  var paperScores: PaperScores {
    var names = [Experiment.Variant.base.rawValue: Experiment.Variant.base.rawValue]
    for choice in seeds.flatMap(\.candidates) {
      names[choice.row] = choice.variant.rowName(unlearning: choice.method)
    }
    let pooled = PooledScores(seeds)
    return PaperScores(
      split: scenario.split, model: scenario.base.counterpart, title: scenario.base.title,
      records: pooled.records.compactMap { record in
        names[record.model].map { name in
          var record = record
          record.model = name
          return record
        }
      },
      samples: Dictionary(
        uniqueKeysWithValues: pooled.samples.compactMap { row, samples in
          names[row].map { ($0, samples) }
        }),
      notes: [
        "\(scenario.base.title): base model\(seeds.count == 1 ? "" : "s") "
          + seeds.map { String($0.seed) }.joined(separator: ", ")
          + " of the miniature world; factors chosen on validation data: \(choicesText). "
          + Choice.rule(scenario.price)
      ],
      rowNotes: Dictionary(
        uniqueKeysWithValues: rowNotes.compactMap { row, note in names[row].map { ($0, note) } }))
  }

  /// `RMU 0.8, 1, none; SPUNGE-RMU 1, 1, 1`: a factor for each base model.
  private var choicesText: String {
    var rows: [String] = []
    for choice in seeds.flatMap(\.candidates) where !rows.contains(choice.row) {
      rows.append(choice.row)
    }
    return rows.map { row in
      let scales = seeds.map { seed in
        seed.choices.first { $0.row == row }.map { NumberText.shortest($0.scale) } ?? "none"
      }
      return "\(row) \(scales.joined(separator: ", "))"
    }.joined(separator: "; ")
  }
}
