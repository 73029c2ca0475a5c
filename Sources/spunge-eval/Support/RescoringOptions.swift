import ArgumentParser
import Evaluation

/// What changes a score without changing a question.
struct RescoringOptions: ParsableArguments {
  @Option(
    name: [.customShort("f"), .long],
    help: "Number of few-shot examples in the stored answers' prompts (default: as recorded).")
  var numFewshot: Int?

  @Option(
    help: ArgumentHelp(
      "Random seed of the few-shot draws in the stored answers' prompts.", valueName: "seed"))
  var seed = FewShotSeed(value: 1234)

  @OptionGroup var generation: GenerationOptions

  @Option(help: "Resamples for standard errors that have no formula; 0 for none of them at all.")
  var bootstrapIters = 100_000

  @Option(help: "Version of lm-evaluation-harness that is followed where versions differ.")
  var profile: HarnessProfile = .current

  func validate() throws {
    try OptionRange.check("--num-fewshot", numFewshot, OptionRange.fewShot)
    try OptionRange.check("--bootstrap-iters", bootstrapIters, OptionRange.bootstrap)
  }

  var settings: EvaluationSettings {
    EvaluationSettings(
      fewShot: numFewshot, seed: seed.value, bootstrapIterations: bootstrapIters)
  }
}
