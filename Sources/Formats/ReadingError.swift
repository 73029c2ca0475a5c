/// A file of rows or settings that cannot be used, and where in it the reason is.
package enum ReadingError: InputFailure, Sendable, CustomStringConvertible {
  case unreadable(path: String, problem: String)
  /// Line and column are counted from 1; columns in characters.
  case malformed(path: String, line: Int, column: Int, problem: String)

  package var description: String {
    switch self {
    case .unreadable(let path, let problem):
      "\(path.shown(limit: 500)): cannot be read: \(problem.shown(limit: 1000))"
    case .malformed(let path, let line, let column, let problem):
      "\(path.shown(limit: 500)):\(line):\(column): \(problem.shown(limit: 1000))"
    }
  }
}
