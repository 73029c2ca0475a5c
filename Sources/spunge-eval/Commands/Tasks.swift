import Formats
import ArgumentParser
import Evaluation
import Foundation

struct Tasks: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists tasks, shows their prompts, or checks their files.",
    subcommands: [TaskList.self, TaskShow.self, TaskValidate.self],
    defaultSubcommand: TaskList.self)
}

struct TaskList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists tasks, groups and tags by name.")
  @Argument(
    help: "tasks, groups or tags (default: all).",
    transform: { text in
      guard let kind = TaskIndex.Kind.allCases.first(where: { text == "\($0.rawValue)s" }) else {
        throw ValidationError("'\(text)' must be one of: tasks, groups, tags")
      }
      return kind
    })
  var kinds: [TaskIndex.Kind] = []
  @OptionGroup var folder: TaskFolderOptions
  @Flag(help: "Print JSON Lines.") var json = false

  private struct Row: Encodable {
    var name: String
    var kind: String
    var path: String?
    var members: [String]?
  }

  func run() throws {
    let index = try folder.index()
    let output = try JSONLinesOutput(path: "-")
    var count = 0
    for kind in kinds.isEmpty ? TaskIndex.Kind.allCases : kinds {
      for name in index.names(kind) {
        guard let entry = index.entries[name] else { continue }
        if json {
          try output.put(
            count,
            Row(
              name: name, kind: kind.rawValue, path: entry.path,
              members: kind == .tag ? entry.members : nil))
        } else {
          try Output.print(
            "\(kind.rawValue)\t\(name.oneLine)\t\((entry.path ?? "\(entry.members.count) tasks").oneLine)"
          )
        }
        count += 1
      }
    }
    for problem in index.problems { Notice.print(problem) }
  }
}

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

struct TaskValidate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Checks task files and reports why some cannot be used.",
    discussion: "With --data, also builds the first prompt of each task.")
  @Argument(help: "Tasks, groups, tags or YAML files (default: all).") var names: [String] = []
  @OptionGroup var folder: TaskFolderOptions
  @OptionGroup var data: DataOptions
  @Option(help: "Version of lm-evaluation-harness to follow where versions differ.")
  var profile: HarnessProfile = .current
  @Flag(help: "Print one JSON object per task or group that cannot be used.") var json = false

  func run() throws {
    let index = try folder.index(profile: profile)
    for problem in index.problems { Notice.print(problem) }
    let root = try data.root()
    let output = try JSONLinesOutput(path: "-")
    var (usable, failures) = (0, 0)
    for name in try validated(index) {
      if name.fileName != name {
        Notice.print(
          "'\(name.shown())' is not a file name; its results are written to '\(name.fileName)'")
      }
      guard let problems = problems(of: name, index, root) else {
        usable += 1
        continue
      }
      if json {
        try output.put(failures, TaskProblems(name: name, problems: problems))
      } else {
        try Output.print(problems.map { $0.fittingScreen() }.joined(separator: "\n"))
      }
      failures += 1
    }
    let summary = "\(usable) tasks and groups can be used, \(failures) cannot"
    if json { Notice.print(summary) } else { try Output.print(summary) }
    if failures > 0 { throw ExitCode(ExitStatus.badInput.rawValue) }
  }

  private struct TaskProblems: Encodable {
    var name: String
    var problems: [String]
  }

  /// Names of the requested tasks and groups.
  private func validated(_ index: TaskIndex) throws -> [String] {
    if names.isEmpty { return index.names(.task) + index.names(.group) }
    return try index.names(matching: names)
  }

  /// Why a task or group cannot be used; `nil` if it can.
  private func problems(of name: String, _ index: TaskIndex, _ root: String?) -> [String]? {
    do {
      guard index.entries[name]?.kind != .group else {
        _ = try index.select([name])
        return nil
      }
      for task in try index.select([name]).tasks where root != nil {
        let settings = EvaluationSettings(limit: 1)
        let documents = try TaskDocuments.load(task, root: root, settings: settings)
        _ = try Evaluator(task: task, documents: documents, settings: settings)
      }
      return nil
    } catch {
      return ["\(error)"]
    }
  }
}
