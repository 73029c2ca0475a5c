import Formats

/// Invalid settings, with all problems.
package struct SettingsError: InputFailure, CustomStringConvertible, Equatable {
  package enum Problem: InputFailure, CustomStringConvertible, Equatable {
    case notAMapping(given: String, line: Int?)
    case notAnAssignment(String)
    case unusableFile(String)
    case repeatedKey(String)
    case unknownKey(String, line: Int?, known: [String])
    case wrongType(String, expected: String, given: String, line: Int?)
    case wrongValue(String, given: String, reason: String, line: Int?)
    case invalid(String, given: String, requirement: String)
  }

  package let problems: [Problem]
  /// What the settings belong to, for example `merge method 'ties'`.
  package var owner = ""

  package init(problems: [Problem], owner: String = "") {
    self.problems = problems
    self.owner = owner
  }

  /// Whether a value has the wrong type.
  var isOfType: Bool {
    problems.contains { if case .wrongType = $0 { true } else { false } }
  }

  package var description: String {
    let prefix = owner.isEmpty ? "" : "\(owner): "
    return problems.map { prefix + $0.description }.joined(separator: "\n")
  }
}

extension SettingsError.Problem {
  package var description: String { line.map { "line \($0): \(message)" } ?? message }

  /// Line in the user's file, if the settings came from one.
  package var line: Int? {
    switch self {
    case .notAMapping(_, let line), .unknownKey(_, let line, _), .wrongType(_, _, _, let line),
      .wrongValue(_, _, _, let line):
      line
    case .notAnAssignment, .unusableFile, .repeatedKey, .invalid: nil
    }
  }

  /// What is wrong and how to fix it, without the location.
  package var message: String {
    switch self {
    case .notAMapping(let given, _):
      "settings are '\(given.shown())'; write them as 'name: value' lines"
    case .notAnAssignment(let text):
      "'\(text.shown())' is not a setting; write it as name=value"
    case .unusableFile(let reason):
      "the settings cannot be read: \(reason.shown(limit: 600))"
    case .repeatedKey(let key):
      "setting '\(key.shown())' is given twice; give it once"
    case .unknownKey(let key, _, let known):
      "unknown setting '\(key.shown())'\(NearName.suggestion(for: key, in: known)); "
        + (known.isEmpty
          ? "there are no settings" : "known settings: \(known.joined(separator: ", "))")
    case .wrongType(let key, let expected, let given, _):
      "setting '\(key.shown())' needs \(expected), not '\(given.shown())'"
    case .wrongValue(let key, let given, let reason, _):
      "setting '\(key.shown())' cannot be '\(given.shown())': \(reason.shown(limit: 600))"
    case .invalid(let key, let given, let requirement):
      "setting '\(key.shown())' is \(given.shown()); it must be \(requirement)"
    }
  }
}
