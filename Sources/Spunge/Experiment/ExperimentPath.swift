import Formats

/// A path of an experiment file; relative ones start at the working directory.
package struct ExperimentPath: Sendable, Hashable {
  /// As in the file, for example `${SPUNGE_DATA}/corpora/a.jsonl`: what records keep, because it
  /// means the same on every machine.
  package var written: String
  /// With its variables replaced: what is opened. Of a Hugging Face id, the folder in the cache.
  package var expanded: String

  /// What it is called in tables and notes: its last part as people know it, also where a snapshot in a cache is
  /// opened.
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

  /// A path without variables, as the shell has made it.
  package init(literal path: String) {
    (written, expanded) = (path, path)
  }

  /// `file`, to which this path leads as a pattern or a folder, with the same variables where it can be.
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
