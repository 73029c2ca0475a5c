import ArgumentParser
import Evaluation

struct TaskShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows the first prompts of tasks as the model sees them.")
  @Argument(help: "Tasks, groups, tags or YAML files, with * and ? as wildcards.")
  var names: [String]
  @OptionGroup var folder: TaskFolderOptions
  @OptionGroup var data: DataOptions
  @Option(help: "Number of documents to show per task.") var limit = 1
  @Option(help: "Number of few-shot examples (default: as the tasks define).") var numFewshot: Int?
  @Option(help: "Random seed of the few-shot draws.") var seed: UInt64 = 1234
  @Option(help: "Version of lm-evaluation-harness to follow where versions differ.")
  var profile: HarnessProfile = .current
  @Flag(help: "Print one JSON object per request.") var json = false

  func validate() throws {
    try OptionRange.check("--limit", limit, OptionRange.positive)
    try OptionRange.check("--num-fewshot", numFewshot, OptionRange.fewShot)
  }

  func run() throws {
    let root = try data.root()
    let settings = EvaluationSettings(limit: limit, fewShot: numFewshot, seed: seed)
    let output = try JSONLinesOutput(path: "-")
    var count = 0
    for task in try folder.index(profile: profile).select(names).tasks {
      let documents = try TaskDocuments.load(task, root: root, settings: settings)
      let evaluator = try Evaluator(task: task, documents: documents, settings: settings)
      for question in evaluator.questions {
        if json {
          for row in PromptRow.rows(of: question, task: task) {
            try output.put(count, row)
            count += 1
          }
        } else {
          try Output.print(PromptText.text(question, task: task.name))
        }
      }
    }
  }
}
