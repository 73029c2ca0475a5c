/// A method's name and source.
package struct MethodCard: Sendable, Hashable {
  /// Name in experiment files, snake_case, for example `task_arithmetic`.
  package let name: String
  /// Name as the paper prints it.
  package let title: String
  /// Paper or other source, a URL if there is one; empty for trivial methods.
  package let reference: String
  /// One sentence.
  package let summary: String
  /// Increased whenever the method's results would change; part of every step key.
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
  /// Named settings, for example those of a paper's run.
  static var presets: [SettingsPreset] { get }
}

/// Named settings: `preset: name` overrides the defaults; explicit settings override the preset.
package struct SettingsPreset: Sendable, Hashable {
  package let name: String
  /// A short description.
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
