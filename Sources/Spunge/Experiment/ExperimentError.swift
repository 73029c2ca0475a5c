import Formats

/// A problem in an experiment file.
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
  /// All problems in the file, in the order of its lines.
  case invalid(path: String, problems: [ExperimentProblem])

  package var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path.shown(limit: 500)): cannot read the experiment file: \(reason.shown(limit: 600))"
    case .syntax(let path, let line, let column, let problem):
      "\(path.shown(limit: 500)):\(line):\(column): not YAML: \(problem.shown(limit: 600))"
    case .invalid(let path, let problems):
      Self.lines(path, problems).joined(separator: "\n")
    }
  }

  /// One line per problem, as many as fit on a screen.
  private static func lines(_ path: String, _ problems: [ExperimentProblem]) -> [String] {
    var lines: [String] = []
    var left = 3000
    for problem in problems where left > 0 {
      lines.append(
        "\(path.shown(limit: 500)):\(problem.line): \(problem.message.shown(limit: 1000))")
      left -= lines[lines.count - 1].count
    }
    let rest = problems.count - lines.count
    return rest > 0 ? lines + ["\(path.shown(limit: 500)): and \(rest) more problems"] : lines
  }
}
