import ArgumentParser
import Evaluation

/// Options of a run that override its tasks.
struct EvaluationOptions: ParsableArguments {
  @Option(
    name: [.customShort("L"), .long],
    help: "Number of documents per task, or a fraction below 1 (default: all).")
  var limit: Limit?

  @Option(
    name: [.customShort("E"), .long],
    help: ArgumentHelp(
      "Only these documents: {\"task\": [0, 5]}, or a file with such JSON; other tasks are complete.",
      valueName: "json"))
  var samples: ChosenDocuments?

  @Option(
    name: [.customShort("f"), .long],
    help:
      "Number of few-shot examples (default: as the tasks define; tasks with a fixed 0 keep it).")
  var numFewshot: Int?

  @Option(
    help: ArgumentHelp(
      "Random seed of the few-shot draws; of a list of four, as in the harness, the last.",
      valueName: "seed"))
  var seed = FewShotSeed(value: 1234)

  @OptionGroup var generation: GenerationOptions

  @Option(help: "Resamples for standard errors that have no formula; 0 for none of them at all.")
  var bootstrapIters = 100_000

  @Option(help: "Version of lm-evaluation-harness that is followed where versions differ.")
  var profile: HarnessProfile = .current

  func validate() throws {
    try OptionRange.check("--num-fewshot", numFewshot, OptionRange.fewShot)
    try OptionRange.check("--bootstrap-iters", bootstrapIters, OptionRange.bootstrap)
    if limit != nil, samples != nil {
      throw ValidationError("--limit and --samples both choose documents; give one of them")
    }
  }

  /// Without the limit, which depends on the size of each task.
  var settings: EvaluationSettings {
    EvaluationSettings(
      fewShot: numFewshot, seed: seed.value, bootstrapIterations: bootstrapIters)
  }
}
