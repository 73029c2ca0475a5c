import Formats
import Yams

/// Collects problems, so that a user can fix them all at once.
final class ProblemList {
  private(set) var problems: [ExperimentProblem] = []

  func note(_ line: Int, _ message: String) {
    problems.append(ExperimentProblem(line: line, message: message))
  }
}

/// Reads the values of a mapping and notes problems; every reader returns nil after a problem.
struct SectionReader {
  /// Name for messages: `score`, or "" for the whole file.
  let title: String
  /// Line where the mapping starts.
  let line: Int
  let problems: ProblemList
  private var values: [String: Node] = [:]

  /// Reads the keys of `node`; a key that is not in `known` is a problem.
  init(_ node: Node, title: String, known: [String], problems: ProblemList) {
    self.title = title
    self.problems = problems
    line = node.mark?.line ?? 1
    guard let mapping = node.mapping else {
      problems.note(line, "'\(title)' must be a mapping with \(known.joined(separator: ", "))")
      return
    }
    for (keyNode, value) in mapping {
      let key = keyNode.string ?? "?"
      if known.contains(key) {
        // `key:` without a value counts as absent.
        if value.null == nil { values[key] = value }
      } else {
        problems.note(
          keyNode.mark?.line ?? line,
          "unknown key '\(key.shown())'\(NearName.suggestion(for: key, in: known))"
            + "; known keys\(title.isEmpty ? "" : " of \(title)"): \(known.joined(separator: ", "))"
        )
      }
    }
  }

  func name(of key: String) -> String { title.isEmpty ? key : "\(title).\(key)" }

  func line(of key: String) -> Int { values[key]?.mark?.line ?? line }

  /// The value of `key`, if present.
  func optional(_ key: String) -> Node? { values[key] }

  /// The value of `key`; its absence is a problem.
  func required(_ key: String) -> Node? {
    if values[key] == nil { problems.note(line, "'\(name(of: key))' is missing") }
    return values[key]
  }

  /// The mapping under `key`.
  func section(_ key: String, known: [String]) -> SectionReader? {
    required(key).map {
      SectionReader($0, title: name(of: key), known: known, problems: problems)
    }
  }

  /// The single value under `key`.
  func text(_ key: String) -> String? {
    required(key).flatMap { text($0, name: name(of: key)) }
  }

  /// The single value of `node`.
  func text(_ node: Node, name: String) -> String? {
    if let text = node.scalar?.string, !text.isEmpty { return text }
    problems.note(node.mark?.line ?? line, "'\(name)' must be a single value")
    return nil
  }

  /// A name under `key` that becomes part of file names: the same on every file system.
  func fileName(_ key: String) -> String? {
    guard let name = text(key) else { return nil }
    let isPlain = name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "._-".utf8.contains($0)
    }
    if isPlain, !name.hasPrefix("."), name.utf8.count <= 100 { return name }
    let fault =
      isPlain && !name.hasPrefix(".") ? "it has \(name.utf8.count)" : "not '\(name.shown())'"
    problems.note(
      line(of: key),
      "'\(self.name(of: key))' becomes a name of files: use at most 100 ASCII letters, digits, '-', '_' and '.', "
        + "no '.' first; \(fault)")
    return nil
  }

  /// The list under `key`; a single value counts as a list of one.
  func list(_ key: String) -> [Node]? {
    guard let node = required(key) else { return nil }
    let items = node.sequence.map(Array.init) ?? [node]
    if items.isEmpty { problems.note(line(of: key), "'\(name(of: key))' is empty") }
    return items.isEmpty ? nil : items
  }

  /// The whole number in `range` under `key`; nil when absent.
  func integer<Value: FixedWidthInteger>(_ key: String, in range: ClosedRange<Value>) -> Value? {
    guard let node = optional(key) else { return nil }
    if let text = node.scalar?.string, let value = Value(text), range.contains(value) {
      return value
    }
    problems.note(
      line(of: key),
      "'\(name(of: key))' must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    return nil
  }

  /// The value of `node`, which must be one of `known`.
  /// - Parameter hint: what to say about an unknown value; by default, similar names and all known ones.
  func choice(
    _ node: Node, name: String, kind: String, known: [String],
    hint: ((String) -> String)? = nil
  ) -> String? {
    guard let text = text(node, name: name) else { return nil }
    if known.contains(text) { return text }
    let hint =
      hint?(text)
      ?? NearName.suggestion(for: text, in: known) + "; known: \(known.joined(separator: ", "))"
    problems.note(node.mark?.line ?? line, "unknown \(kind) '\(text.shown())'\(hint)")
    return nil
  }

  /// A list of different values out of `known` under `key`.
  func choices(_ key: String, kind: String, known: [String]) -> [String]? {
    guard let nodes = list(key) else { return nil }
    var result: [String] = []
    for node in nodes {
      guard let value = choice(node, name: name(of: key), kind: kind, known: known) else {
        continue
      }
      if result.contains(value) {
        problems.note(node.mark?.line ?? line, "\(kind) '\(value)' is listed twice")
      } else {
        result.append(value)
      }
    }
    return result
  }
}
