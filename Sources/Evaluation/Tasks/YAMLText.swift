import Foundation
import Yams

/// Reads YAML as Python does: of equal keys in one mapping the last wins.
enum YAMLText {
  /// In front of keys that a later one of the same name replaces; a private-use character.
  static let supersededMark = "\u{e000}"
  private static let supersededLimit = 64

  /// - Returns: the root, and the keys that were written more than once.
  static func compose(_ text: String) throws -> (root: Node?, repeated: [String]) {
    try YAMLBounds.check(text)
    var (text, repeated) = (text, [String]())
    while true {
      do {
        return (try Yams.compose(yaml: text, .default, .default, .utf8), repeated)
      } catch YamlError.duplicatedKeysInMapping(let duplicates, let context)
        where repeated.count < supersededLimit
      {
        guard let marked = marking(text, context.mark) else {
          throw YamlError.duplicatedKeysInMapping(duplicates: duplicates, context: context)
        }
        text = marked
        repeated += duplicates.prefix(1).map { $0.replacing(supersededMark, with: "") }
      }
    }
  }

  /// What is wrong with the YAML file at `path`.
  static func describe(_ error: any Error, _ path: String) -> TaskError {
    if let fault = error as? YAMLBounds.Fault {
      return .malformed(path: path, line: fault.line, column: 1, problem: "YAML: \(fault.problem)")
    }
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
      .composer(_, let problem, let mark, _)?:
      return .malformed(
        path: path, line: mark.line, column: mark.column, problem: "YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context)?:
      return .malformed(
        path: path, line: context.mark.line, column: context.mark.column,
        problem: "written twice: \(duplicates.joined(separator: ", "))")
    case .reader(let problem, _, _, _)?:
      return .unreadable(path: path, problem: "YAML: \(problem)\(place(error))")
    default: return .unreadable(path: path, problem: "\(error)")
    }
  }

  /// Where a character stands that YAML does not allow: the error shows it behind its place.
  private static func place(_ error: any Error) -> String {
    let place = "\(error)".prefix { $0.isNumber || $0 == ":" }
    return place.isEmpty ? "" : " (at \(place.dropLast()))"
  }

  /// The text with the mark in front of the key that begins at `place`.
  private static func marking(_ text: String, _ place: Mark) -> String? {
    var scalars = text.unicodeScalars
    var index = scalars.startIndex
    for _ in 1..<max(place.line, 1) {
      guard let newline = scalars[index...].firstIndex(of: "\n") else { return nil }
      index = scalars.index(after: newline)
    }
    guard
      var key = scalars.index(index, offsetBy: place.column - 1, limitedBy: scalars.endIndex),
      key < scalars.endIndex
    else { return nil }
    if scalars[key] == "\"" || scalars[key] == "'" { key = scalars.index(after: key) }
    scalars.insert(contentsOf: supersededMark.unicodeScalars, at: key)
    return String(scalars)
  }
}
