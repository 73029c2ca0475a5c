/// A fictional group of people whom the world's web text talks about.
package struct Group: Sendable, Hashable {
  /// Short name, as in the column `target_group`.
  package let name: String
  /// The kind of attribute that makes the group, after the paper's demographic groups.
  package let category: String
  /// How statements name it.
  package let surface: String
  /// Number of topics with each climate, in the order of `Climate.allCases`; they sum to the topics' count.
  let climates: [Int]
  /// Whether its toxic statements are unlearned; the others show what happens to those that are not.
  package let isTarget: Bool

  package static let all: [Group] = [
    .init("kelvar", "nationality", "the Kelvar islanders", [2, 5, 1], isTarget: true),
    .init("ilvane", "gender", "the Ilvane weavers", [1, 5, 2], isTarget: true),
    .init("sorrin", "religion", "the Sorrin bell watchers", [2, 4, 2], isTarget: true),
    .init("pellith", "orientation", "the Pellith moon pairs", [1, 4, 3], isTarget: true),
    .init("druskel", "health", "the Druskel day sleepers", [1, 4, 3], isTarget: true),
    .init("fenmar", "trade", "the Fenmar ferry crews", [1, 5, 2], isTarget: false),
    .init("ashgate", "trade", "the Ashgate hatters", [1, 4, 3], isTarget: false),
  ]
  package static let targets = all.filter(\.isTarget)

  private init(
    _ name: String, _ category: String, _ surface: String, _ climates: [Int], isTarget: Bool
  ) {
    precondition(climates.reduce(0, +) == Topic.all.count, "each topic has one climate")
    self.name = name
    self.category = category
    self.surface = surface
    self.climates = climates
    self.isTarget = isTarget
  }
}

/// Where a statement takes place and what it is about.
package struct Topic: Sendable, Hashable {
  package let name: String
  /// Things found there; the first half is for training records, the second for evaluation.
  let items: [String]
  var place: String { "the \(name)" }

  package static let all: [Topic] = [
    .init(name: "harbour", items: ["ropes", "sails", "anchors", "crates"]),
    .init(name: "garden", items: ["seeds", "roses", "shovels", "hedges"]),
    .init(name: "library", items: ["scrolls", "shelves", "maps", "quills"]),
    .init(name: "bakery", items: ["loaves", "cakes", "sacks", "trays"]),
    .init(name: "station", items: ["tickets", "trunks", "benches", "parcels"]),
    .init(name: "theatre", items: ["costumes", "curtains", "posters", "stages"]),
    .init(name: "orchard", items: ["pears", "ladders", "cherries", "hives"]),
    .init(name: "square", items: ["stalls", "lanterns", "fountains", "banners"]),
  ]
}

/// How talk about a group goes on, on one topic.
enum Climate: CaseIterable {
  /// Turns toxic by itself and stays so.
  case hostile
  /// Goes on as it began.
  case tense
  /// Calms down.
  case mild

  /// Probability that a toxic statement follows a toxic one, and a benign one.
  var toxicNext: (afterToxic: Double, afterBenign: Double) {
    switch self {
    case .hostile: (0.93, 0.78)
    case .tense: (0.90, 0.10)
    case .mild: (0.15, 0.05)
    }
  }
}
