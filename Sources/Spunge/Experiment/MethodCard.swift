/// What a method is called and where it comes from.
package struct MethodCard: Sendable, Hashable {
  /// Name in experiment files, snake_case, for example `task_arithmetic`.
  package let name: String
  /// Name as the paper prints it.
  package let title: String
  /// Paper or source; a URL where there is one, empty for the obvious.
  package let reference: String
  /// One sentence.
  package let summary: String
  /// Goes up when the method's numbers would change; part of every step key.
  package let version: Int

  package init(
    name: String, title: String, reference: String, summary: String, version: Int = 1
  ) {
    self.name = name
    self.title = title
    self.reference = reference
    self.summary = summary
    self.version = version
  }
}

/// A method that a catalog can list: its settings and its card.
package protocol CatalogMethod: Settings {
  static var card: MethodCard { get }
  /// Settings known by a name, for example those of a paper's run.
  static var presets: [SettingsPreset] { get }
}

/// Settings known by a name: `preset: name` lays them over the defaults, below what else is given.
package struct SettingsPreset: Sendable, Hashable {
  package let name: String
  /// What they are, in a few words.
  package let summary: String
  /// A YAML mapping.
  package let settings: String

  package init(name: String, summary: String, settings: String) {
    self.name = name
    self.summary = summary
    self.settings = settings
  }
}

extension CatalogMethod {
  package static var presets: [SettingsPreset] { [] }

  /// The card of this method's type.
  package var card: MethodCard { Self.card }
}
