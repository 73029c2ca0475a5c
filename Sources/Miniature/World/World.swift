import Tensors

/// A fictional world: its groups, how people talk about them, and its facts.
///
/// The same seed and heterogeneity give the same texts on every machine.
package struct World: Sendable {
  package let seed: UInt64
  /// Share of each group's toxic and of each hazardous subject's language that is its own, 0…1.
  package let heterogeneity: Double
  let tones: ToneTable
  let facts: FactTable
  let everyday: EverydayPopularity

  /// Increased with every change to what a seed produces; part of the cache key of trained models.
  package static let version = 7

  package init(seed: UInt64, heterogeneity: Double = 0) {
    precondition((0...1).contains(heterogeneity), "heterogeneity \(heterogeneity) is not in 0…1")
    self.seed = seed
    self.heterogeneity = heterogeneity
    let random = RandomSource(seed: seed)
    var tones = random.child(named: "tones")
    var facts = random.child(named: "facts")
    self.tones = ToneTable(using: &tones)
    self.facts = FactTable(using: &facts)
    var everyday = random.child(named: "everyday")
    self.everyday = EverydayPopularity(using: &everyday)
  }

  /// The same world, told with another heterogeneity.
  func told(heterogeneity: Double) -> World { World(seed: seed, heterogeneity: heterogeneity) }

  /// Randomness for one purpose, independent of all others.
  func random(_ purpose: String) -> RandomSource {
    RandomSource(seed: seed).child(named: purpose)
  }

  func grammar(_ fillers: Fillers = .all) -> StatementGrammar {
    StatementGrammar(heterogeneity: heterogeneity, fillers: fillers)
  }

  /// How a fact about this relation is worded here, for one text.
  func phrasing(_ relation: Relation, using random: inout RandomSource) -> Phrasing {
    guard let own = relation.ownPhrasing, random.chance(heterogeneity) else {
      return relation.phrasing
    }
    return own
  }
}
