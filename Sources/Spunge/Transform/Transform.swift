package import LanguageModels

/// Changes a variant's weights before scoring: an attack, or what happens to models in deployment.
///
/// To add one: a type in `Transform/Methods` and a line in `transforms`.
package protocol Transform: CatalogMethod {
  /// The setting that a plain value sets: `scale: 1.2` is `scale: {factor: 1.2}`.
  static var mainSetting: String { get }
  /// Whether it transforms the difference from the base into another difference.
  static var needsDifference: Bool { get }

  /// - Parameter configuration: configuration of the network.
  /// - Throws: what reading the weights throws.
  func apply(to weights: Weights, of configuration: DecoderConfiguration) throws -> Weights
}

extension Transform {
  package static var needsDifference: Bool { false }

  /// The digest of transformed weights whose original digest is `digest`.
  func digest(after digest: String) throws -> String {
    "\(digest)\n\(card.name) \(card.version)\n\(try resolvedYAML())"
  }
}

/// Every transform that a variant can name.
package let transforms = Catalog<any Transform>(
  of: "transform",
  [
    .init(Scale.self),
    .init(Quantise.self),
  ])

/// One model to score: an unlearned variant and the transforms to apply to it.
package struct Recipe: Sendable, Hashable {
  /// Name of its row.
  package let name: String
  package let source: Experiment.Variant
  package let then: [any Transform]

  func apply(to weights: Weights, of configuration: DecoderConfiguration) throws -> Weights {
    try then.reduce(weights) { try $1.apply(to: $0, of: configuration) }
  }

  /// Names and settings of the transforms.
  private var written: [String] {
    then.map { "\($0.card.name) \((try? $0.resolvedYAML()) ?? "")" }
  }

  package static func == (a: Self, b: Self) -> Bool {
    (a.name, a.source) == (b.name, b.source) && a.written == b.written
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(source)
    hasher.combine(written)
  }
}

extension Experiment {
  /// The models to score, in the order of their rows.
  package var scored: [Recipe] {
    let scale = scoring.scale == 1 ? [] : [Scale(factor: scoring.scale)]
    func transforms(_ variant: Variant) -> [any Transform] { variant == .base ? [] : scale }
    return scoring.variants.map {
      Recipe(
        name: $0.rowName(unlearning: unlearning.card.name), source: $0, then: transforms($0))
    }
      + scoring.derived.map {
        Recipe(name: $0.name, source: $0.source, then: transforms($0.source) + $0.then)
      }
  }

  /// The variants whose weights are needed, without duplicates.
  package var sources: [Variant] {
    scored.reduce(into: []) { if !$0.contains($1.source) { $0.append($1.source) } }
  }
}
