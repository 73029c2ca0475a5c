import ArgumentParser
import Evaluation

struct Tasks: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists tasks, or shows one.", subcommands: [List.self, Show.self],
    defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the tasks of a folder.")
    @OptionGroup var folder: TaskFolderOptions

    func run() throws {
      let index = try folder.index()
      for name in index.names {
        let tasks = try index.tasks(named: name)
        for task in tasks {
          let metrics = task.metrics.map(\.name).joined(separator: ", ")
          print("\(task.name)  \(task.outputType.rawValue)  \(metrics)  v\(task.version)")
        }
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows the first prompts of a task, as the model sees them.")
    @Argument(help: "Task, group or tag.") var task: String
    @OptionGroup var folder: TaskFolderOptions
    @OptionGroup var data: DataOptions
    @Option(help: "Documents to show.") var limit = 1
    @Option(help: "Few-shot examples (default: the task's own).") var numFewshot: Int?

    func run() throws {
      for task in try folder.index().tasks(named: task) {
        let settings = EvaluationSettings(limit: limit, fewShot: numFewshot, seed: 1234)
        let documents = try TaskDocuments.load(task, root: try data.root(), settings: settings)
        let evaluator = try Evaluator(task: task, documents: documents, settings: settings)
        for question in evaluator.questions {
          print(PromptText.text(question, task: task.name))
        }
      }
    }
  }
}
