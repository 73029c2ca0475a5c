import Formats

/// A row or file that a command cannot use.
enum InputError: InputFailure, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case row(path: String, line: Int, reason: String)

  /// What is wrong with a row whose location is not known yet.
  struct Reason: InputFailure { let text: String }

  var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path.shown(limit: 500)): cannot be read: \(reason)"
    case .row(let path, let line, let reason):
      "\(path.shown(limit: 500)):\(line): \(reason.shown(limit: 600))"
    }
  }
}
