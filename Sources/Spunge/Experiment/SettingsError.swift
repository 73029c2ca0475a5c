import Formats

/// Settings that a user gave cannot be used; holds every problem.
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

  /// Whether a value has another type than its setting.
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

  /// What is wrong and what to do, without the place.
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
      "unknown setting '\(key.shown())'\(suggestion(for: key, in: known)); "
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

/// `, did you mean 'x'?` when a known name is near, else nothing.
package func suggestion(for name: String, in known: [String]) -> String {
  guard let nearest = nearestName(to: name, in: known) else { return "" }
  return " (did you mean '\(nearest)'?)"
}

/// The names in one line; of many, the first.
package func listed(_ names: [String]) -> String {
  let shown = 20
  let rest = names.count - shown
  return names.prefix(shown).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
}

/// The known name with the smallest edit distance to `name`, if it is near enough to be meant.
package func nearestName(to name: String, in known: [String]) -> String? {
  guard name.utf8.count <= 100 else { return nil }
  let distances = known.map { ($0, editDistance(name.lowercased(), $0.lowercased())) }
  guard let best = distances.min(by: { $0.1 < $1.1 }) else { return nil }
  return best.1 <= max(2, name.count / 3) ? best.0 : nil
}

/// Insertions, deletions and substitutions that turn `a` into `b` (Levenshtein).
private func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let substitution = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
