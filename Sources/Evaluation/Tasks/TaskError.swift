package import Formats

/// What can be wrong with a task file or its documents.
package enum TaskError: InputFailure, Sendable, CustomStringConvertible {
  case unreadable(path: String, problem: String)
  /// A data or YAML file that does not parse.
  case malformed(path: String, line: Int, column: Int, problem: String)
  /// Everything that is wrong with one task, one problem a line.
  case invalid(task: String, problems: [String])
  case includeCycle([String])
  /// - Parameter unread: files that could not be read, one of which may define the task.
  case unknownTask(String, known: [String], unread: [String] = [])
  /// - Parameters:
  ///   - lookedFor: files and folders.
  ///   - remedy: how to get the data.
  case missingDocuments(task: String, split: String, lookedFor: [String], remedy: String)
  case emptySplit(task: String, split: String, path: String)
  case tooFewExamples(task: String, needed: Int, available: Int)
  case document(task: String, split: String, index: Int, problem: String)

  package var description: String {
    switch self {
    case .unreadable(let path, let problem): return "\(path): cannot be read: \(problem)"
    case .malformed(let path, let line, let column, let problem):
      return "\(path):\(line):\(column): \(problem)"
    case .invalid(let task, let problems):
      return "task \(task) cannot be used:\n" + problems.map { "  \($0)" }.joined(separator: "\n")
    case .includeCycle(let paths):
      return "these files include each other: \(paths.joined(separator: " → ")); remove one include"
    case .unknownTask(let name, let known, let unread):
      let problem = "unknown task '\(name)'\(Suggestion.nearest(to: name, in: known))"
      let names =
        known.count <= 100
        ? "known tasks: " + known.joined(separator: ", ")
        : "'spunge-eval tasks list' shows the \(known.count) that there are"
      let files = unread.isEmpty ? "" : "; files that cannot be used:"
      return (["\(problem); \(names)\(files)"] + unread.prefix(10).map { "  \($0)" })
        .joined(separator: "\n")
    case .missingDocuments(let task, let split, let lookedFor, let remedy):
      return "task \(task): no documents for the split '\(split)'; looked for:\n"
        + lookedFor.map { "  \($0)\n" }.joined() + remedy
    case .emptySplit(let task, let split, let path):
      return "task \(task): the split '\(split)' has no documents: \(path) is empty"
    case .tooFewExamples(let task, let needed, let available):
      return "task \(task): a prompt draws \(needed) few-shot examples, but there are \(available);"
        + " ask for fewer"
    case .document(let task, let split, let index, let problem):
      return "task \(task), split '\(split)', document \(index): \(problem)"
    }
  }
}

/// "Did you mean …?"
enum Suggestion {
  /// `; did you mean 'x'?` if one of the candidates is near, else nothing.
  static func nearest(to name: String, in candidates: [String]) -> String {
    let limit = max(1, name.count / 3)
    let best = candidates.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
    guard let best, best.1 <= limit else { return "" }
    return "; did you mean '\(best.0)'?"
  }

  /// Levenshtein distance, in characters.
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (index, character) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in right.indices {
        let cost = min(
          row[column + 1] + 1, row[column] + 1, diagonal + (character == right[column] ? 0 : 1))
        diagonal = row[column + 1]
        row[column + 1] = cost
      }
    }
    return row[right.count]
  }
}
