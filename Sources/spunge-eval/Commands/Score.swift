import ArgumentParser
import Evaluation
import Foundation
import LanguageModels
import Reporting
import Spunge
import Tensors

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Scores a model on tasks.",
    discussion: """
      Responses are cached in the work folder as they arrive: rerun the same command to resume. Options may be \
      spelled as in lm-evaluation-harness (--num_fewshot).

      Examples:
        spunge-eval score --model model.gguf --tasks arc_easy,piqa --limit 200 --data ~/data
        spunge-eval score --model model.gguf --tasks mmlu -f 5 --output-path out --log-samples
      """)

  @OptionGroup(title: "Model") var options: ModelOptions
  @OptionGroup(title: "Tasks") var selection: TaskSelectionOptions
  @OptionGroup(title: "Tasks") var data: DataOptions
  @OptionGroup(title: "Evaluation") var evaluation: EvaluationOptions
  @OptionGroup(title: "Prompts") var prompts: PromptOptions
  @OptionGroup(title: "Results") var results: OutputOptions

  @Flag(
    name: [.customShort("w"), .long], help: "Print each task's first prompt before scoring.")
  var writeOut = false
  @Flag(
    name: [.customShort("x"), .long], help: "Store the answers without scoring them; see 'rescore'."
  )
  var predictOnly = false
  @Flag(help: "First render and check all documents, and report anything unusual.")
  var checkIntegrity = false
  @Option(help: "Work folder for cached responses.") var work = ".spunge"

  func validate() throws {
    if work.isEmpty { throw ValidationError("--work must name a folder") }
    if predictOnly, results.output == nil, results.outputPath == nil {
      throw ValidationError(
        "--predict-only needs --output or --output-path, the folder to store the answers in")
    }
    if writeOut, results.json {
      throw ValidationError("--write-out and --json cannot share standard output; choose one")
    }
  }

  func run() throws {
    let started = Date()
    for folder in [work, results.output].compactMap(\.self) { try OutputPlace.checkFolder(folder) }
    let model = try OpenedModel(options)
    let asking = model.asking(evaluation)
    let plan = try TaskPlan(
      selection, evaluation, root: try data.root(),
      countsSplits: results.outputPath != nil || checkIntegrity,
      preparation: try prompts.preparation(model, asking))
    if writeOut { try Output.print(plan.firstPrompts) }
    if checkIntegrity { for line in IntegrityCheck(plan).lines { Notice.print(line) } }
    let run = try results.output.map { try RunDirectory(path: $0) }
    // Fail before hours of work rather than after them.
    if let path = results.outputPath { try HarnessFiles.checkWritable(path, model: options.model) }
    let scored = try TaskScoring(work: work, run: run, progress: TerminalProgress())
      .score(
        try model.scored(name: results.name ?? model.rowName, work: work, settings: asking),
        on: plan.evaluators)
    var output = ScoreOutput(
      plan: plan, results: scored, model: model, asking: asking, evaluation: evaluation,
      started: started)
    output.keepsScores = !predictOnly
    try output.write(results, to: run)
  }
}
