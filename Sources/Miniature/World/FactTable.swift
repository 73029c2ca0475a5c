import Tensors

/// One fact: what a relation of an entity is.
struct Fact: Sendable {
  let subject: Subject
  let entity: String
  let relation: Relation
  let value: String

  /// What is false of the entity but true of others.
  var otherValues: [String] { relation.values.filter { $0 != value } }

  /// A template of `Phrasing` with this entity, and `value` or the true one.
  func text(_ template: String, value: String? = nil) -> String {
    filled(template) { $0 == "e" ? entity : value ?? self.value }
  }
}

/// The facts of a world and how often each is mentioned, drawn from the world's seed.
struct FactTable: Sendable {
  /// Facts of each subject: entities in order, each with all its relations.
  private(set) var facts: [String: [Fact]] = [:]
  /// How often each entity of a subject is written about, in the order of its entities.
  private(set) var popularity: [String: [Double]] = [:]

  init(using random: inout RandomSource) {
    for subject in Subject.hazards + Subject.general {
      let count = subject.entities.count
      var columns: [[String]] = []
      for relation in subject.relations {
        // All values are about equally frequent, so that guessing the most common one does not help.
        var values: [String] = []
        while values.count < count { values += random.shuffled(relation.values) }
        columns.append(values)
      }
      facts[subject.name] = subject.entities.indices.flatMap { row in
        subject.relations.indices.map { column in
          Fact(
            subject: subject, entity: subject.entities[row], relation: subject.relations[column],
            value: columns[column][row])
        }
      }
      popularity[subject.name] = Popularity.draw(count, using: &random)
    }
  }

  func facts(of subject: Subject) -> [Fact] { facts[subject.name] ?? [] }

  /// An entity's facts, popular entities more often.
  func popularFacts(of subject: Subject, using random: inout RandomSource) -> [Fact] {
    let entity = random.index(weights: popularity[subject.name] ?? [])
    let count = subject.relations.count
    return Array(facts(of: subject)[entity * count..<(entity + 1) * count])
  }
}
