package import Formats

/// One thing that is wrong with an experiment file.
package struct ExperimentProblem: Sendable, Hashable {
  /// Line in the file, from 1.
  package var line: Int
  /// What is wrong and what to do about it.
  package var message: String
}

/// Why an experiment cannot be run.
package enum ExperimentError: InputFailure, Sendable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  /// The text is not YAML.
  case syntax(path: String, line: Int, column: Int, problem: String)
  /// Everything that is wrong with the file, in the order of its lines.
  case invalid(path: String, problems: [ExperimentProblem])

  /// Problems that a message lists.
  private static let mostShown = 20

  package var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): cannot read the experiment file: \(reason.shown(limit: 600))"
    case .syntax(let path, let line, let column, let problem):
      "\(path):\(line):\(column): not YAML: \(problem.shown(limit: 600))"
    case .invalid(let path, let problems):
      (problems.prefix(Self.mostShown).map { "\(path):\($0.line): \($0.message.shown(limit: 2000))" }
        + (problems.count > Self.mostShown
          ? ["\(path): and \(problems.count - Self.mostShown) more problems"] : []))
        .joined(separator: "\n")
    }
  }
}
