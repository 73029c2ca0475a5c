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
    commandName: "list", abstract: "Lists what can be asked for by name.")
  @Argument(
    help: "tasks, groups or tags (default: all).",
    transform: { text in
      guard let kind = TaskIndex.Kind.allCases.first(where: { text == "\($0.rawValue)s" }) else {
        throw ValidationError("'\(text)' is none of: tasks, groups, tags")
      }
      return kind
    })
  var kinds: [TaskIndex.Kind] = []
  @OptionGroup var folder: TaskFolderOptions
  @Flag(help: "One JSON object a line.") var json = false

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
          print("\(kind.rawValue)\t\(name)\t\(entry.path ?? "\(entry.members.count) tasks")")
        }
        count += 1
      }
    }
    for problem in index.problems { Notice.print(problem) }
  }
}

struct TaskShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows the first prompts of tasks, as the model sees them.")
  @Argument(help: "Tasks, groups, tags or YAML files; * and ? stand for anything.")
  var names: [String]
  @OptionGroup var folder: TaskFolderOptions
  @OptionGroup var data: DataOptions
  @Option(help: "Documents to show of each task.") var limit = 1
  @Option(help: "Few-shot examples (default: the tasks' own).") var numFewshot: Int?
  @Option(help: "Seed of the few-shot draws.") var seed: UInt64 = 1234
  @Option(help: "Version of lm-evaluation-harness that is followed where versions differ.")
  var profile: HarnessProfile = .current
  @Flag(help: "One JSON object a request.") var json = false

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1") }
    if let numFewshot, numFewshot < 0 {
      throw ValidationError("--num-fewshot must be at least 0")
    }
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
          print(PromptText.text(question, task: task.name))
        }
      }
    }
  }
}

struct TaskValidate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Checks task files and says why some cannot be used.",
    discussion: "With --data, the first prompt of each task is built as well.")
  @Argument(help: "Tasks, groups, tags or YAML files (default: all).") var names: [String] = []
  @OptionGroup var folder: TaskFolderOptions
  @OptionGroup var data: DataOptions
  @Option(help: "Version of lm-evaluation-harness that is followed where versions differ.")
  var profile: HarnessProfile = .current
  @Flag(help: "One JSON object for each task and group that cannot be used.") var json = false

  func run() throws {
    let index = try folder.index(profile: profile)
    for problem in index.problems { Notice.print(problem) }
    let root = try data.root()
    let output = try JSONLinesOutput(path: "-")
    var (usable, failures) = (0, 0)
    for name in try validated(index) {
      guard let problems = problems(of: name, index, root) else {
        usable += 1
        continue
      }
      if json {
        try output.put(failures, TaskProblems(name: name, problems: problems))
      } else {
        print(problems.joined(separator: "\n"))
      }
      failures += 1
    }
    let summary = "\(usable) tasks and groups can be used, \(failures) cannot"
    if json { Notice.print(summary) } else { print(summary) }
    if failures > 0 { throw ExitCode(ExitStatus.badInput.rawValue) }
  }

  private struct TaskProblems: Encodable {
    var name: String
    var problems: [String]
  }

  /// Names of the tasks and groups that are meant.
  private func validated(_ index: TaskIndex) throws -> [String] {
    if names.isEmpty { return index.names(.task) + index.names(.group) }
    return try index.names(matching: names)
  }

  /// What hinders a task or group; `nil` if nothing does.
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
