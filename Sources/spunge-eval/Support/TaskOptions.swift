import ArgumentParser
import Evaluation
import Foundation

/// Where task files are.
struct TaskFolderOptions: ParsableArguments {
  @Option(
    name: .customLong("include-path"), parsing: .singleValue,
    help: ArgumentHelp(
      "Folder of lm-evaluation-harness YAML files instead of tasks/harness; may be repeated.",
      valueName: "folder"))
  var folders: [String] = []

  func index() throws -> TaskIndex { try TaskIndex(folder: folders.first ?? "tasks/harness") }
}

/// Which tasks are meant.
struct TaskSelectionOptions: ParsableArguments {
  @Option(
    name: [.customShort("t"), .customLong("tasks")], parsing: .upToNextOption,
    help: ArgumentHelp(
      "Tasks, groups, tags or YAML files; * and ? stand for anything. Commas or spaces between.",
      valueName: "task"))
  var names: [String] = []

  @OptionGroup var folder: TaskFolderOptions

  /// Names without the commas, blanks and repetitions between them.
  var patterns: [String] {
    var patterns: [String] = []
    for name in names.flatMap({ $0.split(separator: ",") }) {
      let pattern = name.trimmingCharacters(in: .whitespaces)
      if !pattern.isEmpty, !patterns.contains(pattern) { patterns.append(pattern) }
    }
    return patterns
  }

  func validate() throws {
    if patterns.isEmpty {
      throw ValidationError(
        "--tasks names no task; 'spunge-eval tasks' lists them, and '--tasks arc_easy,mmlu_*' is an "
          + "example")
    }
  }

  /// The tasks that are meant, each once, and the groups among the names.
  func select() throws -> (tasks: [EvaluationTask], groups: [TaskGroup]) {
    let index = try folder.index()
    return (try patterns.flatMap { try index.tasks(named: $0) }, [])
  }
}
