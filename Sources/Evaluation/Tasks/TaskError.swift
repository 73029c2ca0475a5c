package import Formats

/// What can be wrong with a task file or its documents.
package enum TaskError: InputFailure, Sendable, CustomStringConvertible {
  /// A data or YAML file that cannot be read or does not parse.
  case file(ReadingError)
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

  static func unreadable(path: String, problem: String) -> TaskError {
    .file(.unreadable(path: path, problem: problem))
  }

  static func malformed(path: String, line: Int, column: Int, problem: String) -> TaskError {
    .file(.malformed(path: path, line: line, column: column, problem: problem))
  }

  /// Problems of one task that are shown.
  private static let problemLimit = 8

  private static func lines(_ problems: [String]) -> String {
    let shown = problems.prefix(problemLimit).map { "  \($0.shown(limit: 1200))" }
    let left = problems.count - shown.count
    return (shown + (left > 0 ? ["  and \(left) more"] : [])).joined(separator: "\n")
  }

  package var description: String {
    switch self {
    case .file(let error): return error.description
    case .invalid(let task, let problems):
      return "task \(task.shown()) cannot be used:\n" + Self.lines(problems)
    case .includeCycle(let paths):
      return "these files include each other: "
        + "\(paths.joined(separator: " → ").shown(limit: 1000)); remove one include"
    case .unknownTask(let name, let known, let unread):
      let files = unread.isEmpty ? "" : "; files that cannot be used:\n" + Self.lines(unread)
      return "unknown task '\(name.shown())'\(TaskNames.hint(name, known: known))\(files)"
    case .missingDocuments(let task, let split, let lookedFor, let remedy):
      return "task \(task.shown()): no documents for the split '\(split.shown())'; looked for:\n"
        + Self.lines(lookedFor) + "\n" + remedy.shown(limit: 1000)
    case .emptySplit(let task, let split, let path):
      return "task \(task.shown()): the split '\(split.shown())' has no documents: "
        + "\(path.shown(limit: 500)) is empty"
    case .tooFewExamples(let task, let needed, let available):
      return
        "task \(task.shown()): a prompt draws \(needed) few-shot examples, but there are \(available);"
        + " ask for fewer"
    case .document(let task, let split, let index, let problem):
      return "task \(task.shown()), split '\(split.shown())', document \(index): "
        + problem.shown(limit: 1500)
    }
  }
}
