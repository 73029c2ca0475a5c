import Formats
import ArgumentParser
import Foundation

/// Documents of some tasks, by their position in the evaluated split.
struct ChosenDocuments: ExpressibleByArgument, Equatable {
  let positions: [String: Set<Int>]

  /// A JSON object, or the path of a file that holds one.
  init?(argument: String) {
    let text =
      argument.contains("{") ? argument : try? String(contentsOfFile: argument, encoding: .utf8)
    guard let text,
      let lists = try? JSONDecoder().decode([String: [Int]].self, from: Data(text.utf8))
    else { return nil }
    positions = lists.mapValues { Set($0) }
  }

  /// - Throws: `ValidationError` for a task that is not scored, or one without documents.
  func check(tasks: [String]) throws {
    for (task, chosen) in positions.sorted(by: { $0.key < $1.key }) {
      if !tasks.contains(task) {
        throw ValidationError(
          "--samples: '\(task.shown())' is not among the tasks: \(NameList.text(tasks))")
      }
      if chosen.isEmpty {
        throw ValidationError("--samples: the list of documents of '\(task)' is empty")
      }
    }
  }

  /// The chosen positions of a task; `nil` for all.
  /// - Throws: `ValidationError` for a position outside of the split.
  func positions(task: String, of count: Int) throws -> Set<Int>? {
    guard let positions = positions[task] else { return nil }
    if let outside = positions.sorted().first(where: { !(0..<count).contains($0) }) {
      throw ValidationError("--samples: \(task) has no document \(outside); there are \(count)")
    }
    return positions
  }
}
