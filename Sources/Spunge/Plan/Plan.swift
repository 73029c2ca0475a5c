import LanguageModels

/// A run as it can be told before anything is computed: made once, shown by `--plan`, carried out by `run`.
package struct Plan {
  let experiment: Experiment
  let inputs: RunInputs
  let data: UnlearningData
  /// The unlearning runs of each variant, in the order of the parts; none of the base.
  let unlearning: [Experiment.Variant: [PlannedUnlearning]]
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
