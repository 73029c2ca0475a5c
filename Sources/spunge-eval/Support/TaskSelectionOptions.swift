import ArgumentParser
import Evaluation
import Foundation

/// Which tasks to run.
struct TaskSelectionOptions: ParsableArguments {
  @Option(
    name: [.customShort("t"), .customLong("tasks")], parsing: .upToNextOption,
    help: ArgumentHelp(
      "Tasks, groups, tags or YAML files, separated by commas or spaces; * and ? are wildcards.",
      valueName: "task"))
  var names: [String] = []

  @OptionGroup var folder: TaskFolderOptions

  /// The names without commas, spaces and duplicates.
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
        "--tasks is missing or empty; for example --tasks arc_easy,mmlu_* ('spunge-eval tasks' lists all)"
      )
    }
  }

  /// The selected tasks without duplicates, and the selected groups.
  func select(_ profile: HarnessProfile = .current) throws -> TaskSelection {
    try folder.index(profile: profile).select(patterns)
  }
}
