import Formats

/// A path in an experiment file, relative to the working directory unless absolute.
package struct ExperimentPath: Sendable, Hashable {
  /// As in the file, for example `${SPUNGE_DATA}/corpora/a.jsonl`; recorded in manifests because it is the same on
  /// every machine.
  package var written: String
  /// The path to open, with variables replaced; for a Hugging Face id, the folder in the cache.
  package var expanded: String

  /// Its name in tables and notes: the last path component, or the model's name for a snapshot in the cache.
  package var name: String {
    let path = written.contains("${") ? expanded : written
    return path.split(separator: "/").last.map(String.init) ?? path
  }

  /// Replaces each `${NAME}` in `written`.
  ///
  /// - Parameters:
  ///   - written: the path as in the file.
  ///   - variables: environment and command-line values; an empty value counts as unset.
  /// - Throws: `Problem` with the variable that is not set, or for a `${` that is never closed.
  package init(_ written: String, variables: [String: String]) throws(Problem) {
    var expanded = ""
    var rest = written[...]
    while let start = rest.firstRange(of: "${") {
      expanded += rest[..<start.lowerBound]
      guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
        throw Problem(message: "'\(written)' has a '${' without '}'")
      }
      let name = String(rest[start.upperBound..<end])
      guard let value = variables[name], !value.isEmpty else { throw Problem(unset: name) }
      expanded += value
      rest = rest[rest.index(after: end)...]
    }
    self.written = written
    self.expanded = expanded + rest
  }

  /// A path without variables, as the shell passed it.
  package init(literal path: String) {
    (written, expanded) = (path, path)
  }

  /// The path of `file`, which this pattern or folder matches, with the same variables if possible.
  func naming(_ file: String) -> ExperimentPath {
    let shared = zip(written.reversed(), expanded.reversed()).prefix { $0 == $1 }.count
    let (variables, values) = (written.dropLast(shared), expanded.dropLast(shared))
    var path = ExperimentPath(literal: file)
    if file.hasPrefix(values) { path.written = String(variables + file.dropFirst(values.count)) }
    return path
  }

  package struct Problem: InputFailure {
    package var message: String

    init(message: String) { self.message = message }

    init(unset name: String) {
      let flags = ["SPUNGE_MODELS": "--models DIR", "SPUNGE_DATA": "--data DIR"]
      let flag = flags[name] ?? "--set \(name)=VALUE"
      message = "${\(name)} is not set; pass \(flag) or export \(name)"
    }
  }
}
