import Formats
import PythonText

/// What to say after "unknown task 'x'".
package enum TaskNames {
  /// So many names may be listed one by one.
  private static let few = 10

  /// The nearest names first, then how to list all:
  /// ` (did you mean 'arc_easy' or 'arc_challenge'?); 'spunge-eval tasks' lists all 90`.
  package static func hint(_ name: String, known: [String]) -> String {
    let near = NearName.suggestion(for: name, in: known, limit: 5)
    let others =
      known.isEmpty
      ? "there are no tasks"
      : known.count <= few
        ? "known tasks: \(NameList.text(known))"
        : "'spunge-eval tasks' lists all \(known.count)"
    return "\(near); \(others)"
  }
}
