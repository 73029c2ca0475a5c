import Evaluation
import Reporting
import Spunge

/// Which of the paper's tables and figures an experiment has rows for: those of its base model and its split, one of
/// whose rows besides the base it scores in one of their columns.
struct PaperPlacesDerivation {
  private let tables: [PaperTable]
  private let figures: PaperFigures

  /// - Parameter folder: `results/paper`.
  init(_ folder: String) throws {
    tables = try PaperTable.all(folder: folder)
    figures = try PaperFigures(path: "\(folder)/figures.json")
  }

  /// - Parameters:
  ///   - model: Hugging Face id of the paper's base model.
  ///   - split: the paper's name of the attribute; the experiment's own where it is nil.
  func places(
    _ experiment: Experiment, model: String, split: String? = nil, measures: PaperMeasures
  ) -> PaperPlaces {
    let split = split ?? (experiment.splitter as? ByAttribute)?.attribute
    let rows = Set(
      experiment.scoring.variants.filter { $0 != .base }.map {
        $0.rowName(unlearning: experiment.unlearning.card.name)
      })
    func feeds(_ column: String) -> Bool {
      measures.score(column).map { scores($0.task, experiment) } ?? false
    }
    return PaperPlaces(
      tables: tables.filter { table in
        table.split == split && table.columns.contains { feeds($0.name) }
          && table.blocks.contains { block in
            block.model == model && block.rows.contains { rows.contains($0.name) }
          }
      }.map(\.number),
      figures: figures.radars.filter { figure in
        figure.split == split && figure.model == model && feeds(figure.measure ?? "")
          && (figure.series ?? []).contains { rows.contains($0.name) }
      }.map(\.number))
  }

  private func scores(_ task: String, _ experiment: Experiment) -> Bool {
    if experiment.scoring.toxicity?.source == task { return true }
    let chosen = experiment.scoring.tasks.map(\.name)
    // Groups of the ten benchmarks and of the hazardous ones.
    let isHazard = task.contains("wmdp")
    return chosen.contains { name in
      name == task || (name.hasSuffix("wmdp") && isHazard)
        || (["paper", "miniature"].contains(name) && !isHazard && task != "toxigen"
          && task != "real_toxicity_prompts")
    }
  }
}
