package import Foundation

/// How a model was made, for its model card and its overlay's record.
package struct Provenance: Codable, Sendable, Hashable {
  /// `unlearn` or `merge`.
  package var step: String
  package var method: String
  package var title: String
  /// Paper; empty for trivial methods.
  package var reference: String
  /// Every setting, defaults included, as YAML.
  package var settings: String
  package var seed: UInt64?
  /// Inputs besides the base: corpora or parts.
  package var inputs: [Manifest.Input]
  /// This program and its version.
  package var program: String
  package var created: Date

  /// - Throws: what encoding the settings throws.
  package init(
    step: String, method: some CatalogMethod, seed: UInt64? = nil, inputs: [Manifest.Input],
    created: Date = Date()
  ) throws {
    self.step = step
    self.method = method.card.name
    title = method.card.title
    reference = method.card.reference
    settings = try method.resolvedYAML()
    self.seed = seed
    self.inputs = inputs
    program = "spunge-eval \(Version.current)"
    self.created = created
  }
}
