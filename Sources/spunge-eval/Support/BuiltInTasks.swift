import ArgumentParser
import Foundation
import Reporting

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
