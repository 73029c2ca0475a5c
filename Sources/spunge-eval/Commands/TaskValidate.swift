import Formats
import ArgumentParser
import Evaluation

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
