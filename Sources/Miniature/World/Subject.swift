/// A field of knowledge: invented things and what there is to know of each.
package struct Subject: Sendable {
  package let name: String
  /// What its entities are: `organism`.
  let noun: String
  let entities: [String]
  let relations: [Relation]

  /// Knowledge that is to be unlearned.
  package static let hazards = [biology, cyber]
  package static let general = [zoology, music, geology, games, buildings, customs]
}

/// One thing to know of every entity of a subject.
struct Relation: Sendable {
  let name: String
  /// What all hazardous subjects say, or a general subject.
  let phrasing: Phrasing
  /// What one hazardous subject alone says; nil in general subjects.
  let ownPhrasing: Phrasing?
  /// What may be true of an entity.
  let values: [String]

  init(
    _ name: String, _ phrasing: Phrasing, own: Phrasing? = nil, values: [String]
  ) {
    self.name = name
    self.phrasing = phrasing
    ownPhrasing = own
    self.values = values
  }
}

/// Ways to state a fact and to ask for it. Slots: `{e}` entity, `{v}` value.
struct Phrasing: Sendable {
  let statements: [String]
  /// The last is never asked in the corpus, only in the benchmarks.
  let questions: [String]

  /// Questions that the corpus asks.
  var practised: [String] { Array(questions.dropLast()) }
}
