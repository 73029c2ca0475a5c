import ArgumentParser
import Evaluation
import Foundation
import Reporting

/// Where task files are.
struct TaskFolderOptions: ParsableArguments {
  @Option(
    name: .customLong("include-path"), parsing: .singleValue,
    help: ArgumentHelp(
      "Additional folder of lm-evaluation-harness YAML files, which override built-in tasks; may be repeated.",
      valueName: "folder"))
  var folders: [String] = []

  func index(profile: HarnessProfile = .current) throws -> TaskIndex {
    try TaskIndex(folders: [BuiltInTasks.folder()] + folders, profile: profile)
  }
}

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

/// The task files that come with the program.
enum BuiltInTasks {
  /// `SPUNGE_TASKS`, else `tasks/harness` in the current folder or a parent folder of the executable.
  static func folder() throws -> String {
    if let folder = ProcessInfo.processInfo.environment["SPUNGE_TASKS"], !folder.isEmpty {
      return folder
    }
    return try find("tasks/harness")
  }

  /// Tasks and experiments of the miniature world.
  static func miniature() throws -> (tasks: String, experiments: String) {
    (try find("tasks/miniature"), try find("tasks/experiments/miniature"))
  }

  /// The paper's experiments at full size.
  static func paperExperiments() throws -> String { try find("tasks/experiments/paper") }

  /// The paper's tables and figures as data.
  static func paper() throws -> String { try find("results/paper") }

  /// All of the paper's tables.
  static func printedTables() throws -> [PaperTable] { try PaperTable.all(folder: try paper()) }

  /// The paper's figures with results, described.
  static func printedFigures() throws -> PaperFigures {
    try PaperFigures(path: "\(try paper())/figures.json")
  }

  private static func find(_ name: String) throws -> String {
    var places = [URL(fileURLWithPath: name)]
    var place = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    while place.path != "/" {
      place.deleteLastPathComponent()
      places.append(place.appendingPathComponent(name))
      places.append(place.appendingPathComponent("share/spunge-eval/\(name)"))
    }
    guard let found = places.first(where: { FileManager.default.fileExists(atPath: $0.path) })
    else {
      throw ValidationError(
        "the folder \(name) was not found in the current folder or near the executable; run the program from the "
          + "project's folder, or set SPUNGE_TASKS to the folder of benchmark tasks")
    }
    return found.path
  }
}

extension HarnessProfile: ExpressibleByArgument {}
extension TaskIndex.Kind: ExpressibleByArgument {}
