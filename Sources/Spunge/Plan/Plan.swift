import LanguageModels
import Reporting

/// A run as it can be told before anything is computed: made once, shown by `--plan`, carried out by `run`.
package struct Plan {
  let experiment: Experiment
  let inputs: RunInputs
  let data: UnlearningData
  /// The unlearning runs of each variant, in the order of the parts; none of the base.
  let unlearning: [Experiment.Variant: [PlannedUnlearning]]
  /// What is done to the weights of each recipe, by its row.
  let transforms: [String: [TransformPlan]]
}

extension Plan {
  /// The rows that are models under attack.
  func attacks() throws -> [AttackedRow] {
    try experiment.scored.compactMap { recipe in
      let read = transforms[recipe.name, default: []].suffix(recipe.own.count)
        .compactMap(\.training).last?.documents
      return try recipe.attack(row: experiment.rowName, documents: read)
    }
  }
}

/// One unlearning run, checked and arranged within the memory.
struct PlannedUnlearning {
  let parts: [TokenPart]
  let retain: TokenPart
  var job: UnlearningJob
  let plan: UnlearningPlan
  /// Nil where memory is no choice.
  var memory: TrainingPlan?

  var name: String { job.name }
}
