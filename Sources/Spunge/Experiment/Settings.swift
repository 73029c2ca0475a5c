import Formats
package import Yams

/// Hyperparameters as stored properties, each with its default.
///
/// A conforming struct's properties *are* its settings, and their names are the YAML keys. The user's values override
/// the encoded defaults, so that each default is defined in one place and a misspelt key is an error.
package protocol Settings: Codable, Sendable {
  /// The defaults.
  init()

  /// Ranges of numbers by property name. Numbers without one must be in the default range for counts or finite
  /// values.
  static var ranges: [String: SettingRange] { get }

  /// Checks what ranges cannot express; throws `SettingsError.Problem.invalid` for an invalid value.
  func validate() throws
}

extension Settings {
  package static var ranges: [String: SettingRange] { [:] }

  package func validate() throws {}

  /// The defaults overridden by the user's values.
  ///
  /// - Parameters:
  ///   - node: a YAML mapping of property names; `nil` and an empty value mean "all defaults".
  ///   - base: values to override instead of the type's defaults.
  /// - Throws: `SettingsError` with every problem found, not only the first.
  package init(overriding node: Node?, over base: Self = Self()) throws {
    let defaults = try Self.encoded(base)
    var problems: [SettingsError.Problem] = []
    let merged = try Self.overlay(try Self.mapping(node), on: defaults, path: [], &problems) {
      path, value in
      // One key at a time, so that every invalid value is reported.
      Self.problem(in: defaults.replacing(path, with: value), key: path, given: value)
    }
    guard problems.isEmpty else { throw SettingsError(problems: problems) }
    self = try Self.decode(merged)
    try validateAll()
  }

  /// Checks all ranges, then the type's other requirements.
  ///
  /// - Throws: `SettingsError`
  package func validateAll() throws {
    let problems = rangeProblems()
    guard problems.isEmpty else { throw SettingsError(problems: problems) }
    do { try validate() } catch let problem as SettingsError.Problem {
      throw SettingsError(problems: [problem])
    }
  }

  /// The defaults overridden by the given values; nested settings are merged key by key.
  private static func overlay(
    _ given: Node.Mapping, on defaults: Node.Mapping, path: [String],
    _ problems: inout [SettingsError.Problem],
    check: ([String], Node) -> SettingsError.Problem?
  ) throws -> Node.Mapping {
    let known = defaults.keys.compactMap(\.string)
    var merged = defaults
    for (key, value) in given {
      let name = key.string ?? "?"
      let place = path + [name]
      guard known.contains(name) else {
        problems.append(
          .unknownKey(
            place.joined(separator: "."), line: key.mark?.line,
            known: known.map { (path + [$0]).joined(separator: ".") }))
        continue
      }
      // An enum with associated values is a mapping too: if the mapping decodes as a whole, it is a value.
      if let inner = defaults[key]?.mapping, !inner.isEmpty, value.mapping != nil,
        check(place, value) != nil || inner.keys.contains(where: { value[$0] != nil })
      {
        merged[key] = .mapping(
          try overlay(try mapping(value), on: inner, path: place, &problems, check: check))
        continue
      }
      if let problem = check(place, value) { problems.append(problem) }
      merged[key] = value
    }
    return merged
  }

  /// The defaults overridden by `key=value` strings from the command line's `--set`.
  ///
  /// A value is read as YAML: `density=0.2`, `layers=[5, 6, 7]`, `dialect=peft`; `training.rank=8` sets a setting
  /// inside `training`.
  package init(assignments: [String]) throws {
    try self.init(overriding: settingsNode(assignments))
  }

  /// Names and values as YAML text, defaults included: what a manifest records.
  package func resolvedYAML() throws -> String {
    let node = try NodeEncoder().encode(self)
    return node.mapping?.isEmpty ?? false ? "" : try Yams.serialize(node: node)
  }

  private static func encoded(_ settings: Self) throws -> Node.Mapping {
    try mapping(NodeEncoder().encode(settings))
  }

  private static func mapping(_ node: Node?) throws -> Node.Mapping {
    guard let node, node.null == nil else { return Node.Mapping([]) }
    guard let mapping = node.mapping else {
      throw SettingsError(problems: [.notAMapping(given: text(of: node), line: node.mark?.line)])
    }
    return mapping
  }

  private static func decode(_ mapping: Node.Mapping) throws -> Self {
    try YAMLDecoder().decode(Self.self, from: .mapping(mapping))
  }

  private static func problem(
    in mapping: Node.Mapping, key path: [String], given: Node
  ) -> SettingsError.Problem? {
    let (key, line) = (path.joined(separator: "."), given.mark?.line)
    do {
      _ = try decode(mapping)
      return nil
    } catch let DecodingError.typeMismatch(type, _), let DecodingError.valueNotFound(type, _) {
      return .wrongType(key, expected: typeName(type), given: text(of: given), line: line)
    } catch let DecodingError.dataCorrupted(context) {
      return .wrongValue(
        key, given: text(of: given), reason: context.debugDescription, line: line)
    } catch {
      return .wrongValue(key, given: text(of: given), reason: "\(error)", line: line)
    }
  }
}

/// A setting with a closed list of named values, which errors list.
package protocol SettingsChoice: RawRepresentable, CaseIterable, Codable, Sendable
where RawValue == String {}

extension SettingsChoice {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let value = Self(rawValue: name) else {
      let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "known values: \(known)")
    }
    self = value
  }
}

/// The YAML mapping of `key=value` strings.
///
/// - Throws: `SettingsError` for a string without `=`, a repeated key or a value that is not YAML.
package func settingsNode(_ assignments: [String]) throws -> Node {
  var mapping = Node.Mapping([])
  var problems: [SettingsError.Problem] = []
  for assignment in assignments {
    guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
      problems.append(.notAnAssignment(assignment))
      continue
    }
    let key = String(assignment[..<equals])
    let path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let value = String(assignment[assignment.index(after: equals)...])
    guard mapping.value(at: path) == nil else {
      problems.append(.repeatedKey(key))
      continue
    }
    do {
      let node = try Yams.compose(yaml: value) ?? Node("")
      guard !node.isOversized else {
        problems.append(
          .wrongValue(key, given: value, reason: "its aliases expand to too many values", line: nil)
        )
        continue
      }
      mapping = mapping.replacing(path, with: node)
    } catch {
      problems.append(.wrongValue(key, given: value, reason: "it is not valid YAML", line: nil))
    }
  }
  guard problems.isEmpty else { throw SettingsError(problems: problems) }
  return .mapping(mapping)
}

extension Node.Mapping {
  /// The value at the end of a path of keys.
  fileprivate func value(at path: [String]) -> Node? {
    guard let first = path.first, let value = self[Node(first)] else { return nil }
    return path.count == 1 ? value : value.mapping?.value(at: Array(path.dropFirst()))
  }

  /// A copy with another value at the end of a path of keys; missing keys are added.
  fileprivate func replacing(_ path: [String], with value: Node) -> Node.Mapping {
    guard let first = path.first else { return self }
    var copy = self
    let inner = self[Node(first)]?.mapping ?? Node.Mapping([])
    copy[Node(first)] =
      path.count == 1
      ? value : .mapping(inner.replacing(Array(path.dropFirst()), with: value))
    return copy
  }

  /// A copy overridden by `other`; nested mappings are merged key by key.
  func overlaid(with other: Node.Mapping) -> Node.Mapping {
    var copy = self
    for (key, value) in other {
      if let own = self[key]?.mapping, let theirs = value.mapping {
        copy[key] = .mapping(own.overlaid(with: theirs))
      } else {
        copy[key] = value
      }
    }
    return copy
  }
}

private func typeName(_ type: any Any.Type) -> String {
  switch type {
  case is any BinaryInteger.Type: "a whole number"
  case is any BinaryFloatingPoint.Type: "a number"
  case is Bool.Type: "true or false"
  case is String.Type: "text"
  case is Node.Scalar.Type: "a single value"
  case is Node.Mapping.Type: "a mapping"
  case is any Collection.Type: "a list"
  default: "\(type)"
  }
}

/// The node on one line, truncated if long.
private func text(of node: Node) -> String {
  var text = ""
  append(node, to: &text)
  return text.shown()
}

/// - Returns: whether there is room for more: aliases can make nodes that are too large to print.
@discardableResult
private func append(_ node: Node, to text: inout String) -> Bool {
  func list(_ items: some Sequence<[Node]>, _ brackets: (String, String)) {
    text += brackets.0
    for (index, item) in items.enumerated() {
      if index > 0 { text += ", " }
      for (place, part) in item.enumerated() {
        if place > 0 { text += ": " }
        guard append(part, to: &text) else { return }
      }
    }
    text += brackets.1
  }
  switch node {
  case .scalar(let scalar): text += scalar.string.prefix(1000)
  case .sequence(let sequence): list(sequence.map { [$0] }, ("[", "]"))
  case .mapping(let mapping): list(mapping.map { [$0, $1] }, ("{", "}"))
  case .alias: text += "an alias"
  }
  return text.utf8.count < 1000
}
