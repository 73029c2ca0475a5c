import ArgumentParser
import Evaluation
import Foundation
import Reporting

/// Where task files are.
struct TaskFolderOptions: ParsableArguments {
  @Option(
    name: .customLong("include-path"), parsing: .singleValue,
    help: ArgumentHelp(
      "Folder of lm-evaluation-harness YAML files besides our own; its tasks win. May be repeated.",
      valueName: "folder"))
  var folders: [String] = []

  func index(profile: HarnessProfile = .current) throws -> TaskIndex {
    try TaskIndex(folders: [BuiltInTasks.folder()] + folders, profile: profile)
  }
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
  func select(_ profile: HarnessProfile = .current) throws -> TaskSelection {
    try folder.index(profile: profile).select(patterns)
  }
}

/// The task files that come with the tool.
enum BuiltInTasks {
  /// `SPUNGE_TASKS`, else `tasks/harness` here or in a folder that holds the executable.
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
        "the folder \(name) is neither here nor near the executable; run it from the project's folder, or "
          + "set SPUNGE_TASKS to the folder of the benchmarks' tasks")
    }
    return found.path
  }
}

extension HarnessProfile: ExpressibleByArgument {}
extension TaskIndex.Kind: ExpressibleByArgument {}
