import Evaluation
import Foundation
package import Yams

/// An experiment's YAML as written, with the position of every key.
package struct ExperimentFile {
  /// Where it was read from, for messages.
  package let path: String
  package let root: Node

  /// Reads the file at `path`.
  package init(path: String) throws(ExperimentError) {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      throw .unreadable(
        path: path,
        reason: exists ? "it is not a readable UTF-8 text file" : "there is no such file")
    }
    try self.init(path: path, text: text)
  }

  /// Parses `text`; `path` is for messages.
  package init(path: String, text: String) throws(ExperimentError) {
    self.path = path
    let composed: Node?
    do {
      try YAMLBounds.check(text)
      composed = try Yams.compose(yaml: text)
      if let composed { try YAMLBounds.check(composed) }
    } catch {
      throw Self.syntaxError(error, path: path)
    }
    guard let composed, composed.mapping != nil else {
      throw .syntax(
        path: path, line: 1, column: 1,
        problem: "an experiment is a mapping that starts with 'name:'")
    }
    guard !composed.isOversized else {
      throw .unreadable(
        path: path,
        reason: "its aliases expand to more than \(Node.mostValues) values; use fewer aliases")
    }
    root = composed
  }

  init(path: String, root: Node) {
    self.path = path
    self.root = root
  }

  private static func syntaxError(_ error: any Error, path: String) -> ExperimentError {
    switch error {
    case let fault as YAMLBounds.Fault:
      return .syntax(path: path, line: fault.line, column: 1, problem: fault.problem)
    case YamlError.scanner(let context, let problem, let mark, let text),
      YamlError.parser(let context, let problem, let mark, let text),
      YamlError.composer(let context, let problem, let mark, let text):
      let start = context.map { " (\($0.text) in line \($0.mark.line))" } ?? ""
      return .syntax(
        path: path, line: mark.line, column: mark.column,
        problem: problem + start + quotingHint(text, line: mark.line))
    case YamlError.duplicatedKeysInMapping(let keys, let context):
      return .syntax(
        path: path, line: context.mark.line, column: context.mark.column,
        problem: "written twice: \(keys.sorted().joined(separator: ", "))")
    default:
      return .unreadable(path: path, reason: String(describing: error))
    }
  }

  /// In `{ model: ${DIR}/x }` YAML takes the inner `{` for a mapping.
  private static func quotingHint(_ text: String, line: Int) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.indices.contains(line - 1), lines[line - 1].contains("${") else { return "" }
    return "; inside { } or [ ], put values with ${…} in quotes"
  }
}
