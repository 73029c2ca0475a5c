import Formats
package import Yams

/// The list of all methods of one kind, made from their types.
///
///     package let mergeMethods = Catalog<any MergeMethod>(of: "merge method", [.init(TIES.self)])
package struct Catalog<Method>: Sendable {
  /// One method: its card and how settings become an instance.
  package struct Entry: Sendable {
    package let card: MethodCard
    /// Makes the method with settings that override its defaults.
    package let make: @Sendable (Node?) throws -> Method
    /// The defaults as YAML text.
    package let defaultSettings: @Sendable () throws -> String
    package let presets: [SettingsPreset]

    package init<M: CatalogMethod>(_ type: M.Type) {
      card = M.card
      presets = M.presets
      defaultSettings = { try M().resolvedYAML() }
      make = { node in
        let settings = try applyingPreset(of: M.presets, to: node)
        guard let method = try M(overriding: settings) as? Method else {
          preconditionFailure("\(M.self) is in a catalog of \(Method.self)")
        }
        return method
      }
    }
  }

  /// What is listed, for messages: `merge method`.
  package let kind: String
  package let entries: [Entry]

  package init(of kind: String, _ entries: [Entry]) {
    self.kind = kind
    self.entries = entries
    precondition(Set(names).count == entries.count, "two methods share a name in \(names)")
  }

  package var names: [String] { entries.map(\.card.name) }

  /// The method `name` with its defaults overridden by `settings`.
  ///
  /// - Parameters:
  ///   - settings: a YAML mapping, or `nil` for the defaults.
  /// - Throws: `CatalogError` for an unknown name, `SettingsError` for settings it does not take.
  package func method(_ name: String, settings: Node? = nil) throws -> Method {
    guard let entry = entries.first(where: { $0.card.name == name }) else {
      throw CatalogError.unknownMethod(name, kind: kind, known: names)
    }
    do { return try entry.make(settings) } catch var error as SettingsError {
      error.owner = "\(kind) '\(name)'"
      throw error
    }
  }

  /// The method `name` with its defaults overridden by `key=value` settings.
  package func method(_ name: String, assignments: [String]) throws -> Method {
    try method(name, settings: settingsNode(assignments))
  }
}

/// The settings, with those of the preset that they name as defaults.
private func applyingPreset(of presets: [SettingsPreset], to node: Node?) throws -> Node? {
  guard var given = node?.mapping, let choice = given["preset"] else { return node }
  guard let preset = presets.first(where: { $0.name == choice.string }) else {
    let known = presets.map(\.name)
    let reason =
      known.isEmpty
      ? "there are no presets" : "known presets: \(known.joined(separator: ", "))"
    throw SettingsError(problems: [
      .wrongValue(
        "preset", given: choice.string ?? "?", reason: reason, line: choice.mark?.line)
    ])
  }
  given["preset"] = nil
  guard let settings = try Yams.compose(yaml: preset.settings)?.mapping else {
    preconditionFailure("preset \(preset.name) is not a mapping")
  }
  return .mapping(settings.overlaid(with: given))
}

/// An unknown method name.
package enum CatalogError: InputFailure, CustomStringConvertible, Equatable {
  case unknownMethod(String, kind: String, known: [String])

  package var description: String {
    switch self {
    case .unknownMethod(let name, let kind, let known):
      "unknown \(kind) '\(name.shown())'\(NearName.suggestion(for: name, in: known)); "
        + "known: \(known.joined(separator: ", "))"
    }
  }
}
