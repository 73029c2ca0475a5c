import Reporting
import Yams

/// One model that is scored: where its weights start, then what is done to them.
package struct Recipe: Sendable, Hashable {
  package enum Source: Sendable, Hashable {
    case variant(Experiment.Variant)
    /// A model of its own, such as one trained without the forget data.
    case model(ExperimentPath)
  }

  /// Name of its row.
  package let name: String
  package let source: Source
  /// The recipe that it continues, by its row; nil where it starts from its source.
  package let parent: String?
  /// Transforms of the parent, which come first.
  private let inherited: [any Transform]
  /// Its own transforms, which follow.
  package let own: [any Transform]

  package init(name: String, source: Source, then: [any Transform]) {
    (self.name, self.source, parent, inherited, own) = (name, source, nil, [], then)
  }

  /// What another recipe leaves, and further transforms.
  package init(name: String, continuing other: Recipe, then: [any Transform]) {
    (self.name, source, parent) = (name, other.source, other.name)
    (inherited, own) = (other.then, then)
  }

  /// All transforms, in order.
  package var then: [any Transform] { inherited + own }

  package var variant: Experiment.Variant? {
    if case .variant(let variant) = source { variant } else { nil }
  }

  package var model: ExperimentPath? {
    if case .model(let path) = source { path } else { nil }
  }

  /// With transforms in front of its own, where those of every variant are.
  func preceded(by transforms: [any Transform]) -> Recipe {
    Recipe(self, inherited: transforms + inherited)
  }

  private init(_ other: Recipe, inherited: [any Transform]) {
    (name, source, parent, own) = (other.name, other.source, other.parent, other.own)
    self.inherited = inherited
  }

  /// Names and settings of the transforms.
  private var written: [String] {
    then.map { "\($0.card.name) \((try? $0.resolvedYAML()) ?? "")" }
  }

  package static func == (a: Self, b: Self) -> Bool {
    (a.name, a.source, a.parent) == (b.name, b.source, b.parent) && a.written == b.written
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(source)
    hasher.combine(written)
  }
}

extension Recipe {
  /// As a row under attack; nil for a model as it is.
  ///
  /// - Parameters:
  ///   - row: the row of a variant as unlearning leaves it.
  ///   - documents: how many the last relearning reads.
  func attack(
    row: (Experiment.Variant) -> String, documents: Int?
  ) throws -> AttackedRow? {
    guard let last = own.last, let start = parent ?? variant.map(row) else { return nil }
    return AttackedRow(
      row: name, source: start, attack: try own.map { try $0.title() }.joined(separator: ", then "),
      kind: own.allSatisfy { type(of: $0).attack == type(of: last).attack }
        ? type(of: last).attack : .other, documents: documents)
  }
}

extension Transform {
  /// Name, main setting, and settings that are not the defaults; without how much text there is to learn from.
  func title() throws -> String {
    let defaults = Self.entries(try Self().resolvedYAML())
    let given = Self.entries(try resolvedYAML())
    let main = given.first { $0.key == Self.mainSetting }?.value ?? ""
    let others = given.filter { entry in
      entry.key != Self.mainSetting && entry.key != "documents"
        && !defaults.contains { $0 == entry }
    }
    return card.name + (main.isEmpty ? "" : " \(main)")
      + (others.isEmpty
        ? "" : " (\(others.map { "\($0.key) \($0.value)" }.joined(separator: ", ")))")
  }

  /// Settings as text, those inside settings with both names.
  private static func entries(_ yaml: String) -> [(key: String, value: String)] {
    func flat(_ node: Node, _ path: [String]) -> [(key: String, value: String)] {
      if let mapping = node.mapping {
        return mapping.flatMap { flat($1, path + [$0.string ?? "?"]) }
      }
      let value = node.sequence.map { $0.compactMap(\.string).joined(separator: " ") }
      return [(path.joined(separator: "."), value ?? node.string ?? "")]
    }
    return ((try? Yams.compose(yaml: yaml)) ?? nil).map { flat($0, []) } ?? []
  }
}

extension Experiment {
  /// The models that are scored, in the order of their rows.
  package var scored: [Recipe] {
    func scaled(_ recipe: Recipe) -> Recipe {
      let isChanged = recipe.variant.map { $0 != .base } ?? false
      return isChanged && scoring.scale != 1
        ? recipe.preceded(by: [Scale(factor: scoring.scale)]) : recipe
    }
    return scoring.variants.map {
      scaled(Recipe(name: rowName($0), source: .variant($0), then: []))
    } + scoring.derived.map(scaled)
  }

  /// The variants whose weights are made, each once.
  package var sources: [Variant] {
    scored.reduce(into: []) { known, recipe in
      if let variant = recipe.variant, !known.contains(variant) { known.append(variant) }
    }
  }

  /// Models besides the base whose weights are scored, each once.
  package var references: [ExperimentPath] {
    scored.reduce(into: []) { known, recipe in
      if let model = recipe.model, !known.contains(model) { known.append(model) }
    }
  }

  /// The row of the first model of its own that nothing is done to: one trained without the forget data.
  var referenceRow: String? { scored.first { $0.model != nil && $0.then.isEmpty }?.name }

  /// The row that the others are compared with.
  package var baselineRow: String {
    Variant(rawValue: table.baseline).map(rowName) ?? table.baseline
  }

  func rowName(_ variant: Variant) -> String {
    variant.rowName(unlearning: unlearning.card.name)
  }
}
