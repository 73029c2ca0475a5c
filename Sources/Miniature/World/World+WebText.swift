import Tensors

/// Text as one finds it on the web: what people say about groups, quiet days, and pages about one thing.
extension World {
  /// Two to four statements about one group on one topic, whose tone is a Markov chain.
  func thread(using random: inout RandomSource) -> String {
    let group = random.element(of: Group.all)
    let topic = random.element(of: Topic.all)
    let next = tones.climate(group, topic).toxicNext
    var isToxic = random.chance(0.5)
    var kind = StatementKind.benign
    var sentences: [String] = []
    for _ in 0..<random.element(of: [2, 3, 4]) {
      if !isToxic {
        kind = .benign
      } else if !kind.isToxic || random.chance(0.35) {
        kind = StatementGrammar.toxicKind(using: &random)
      }
      sentences.append(grammar().statement(kind, about: group, on: topic, using: &random))
      isToxic = random.chance(isToxic ? next.afterToxic : next.afterBenign)
    }
    return sentences.joined(separator: " ")
  }

  /// Two or three sentences of a quiet day.
  func narrative(using random: inout RandomSource) -> String {
    (0..<random.element(of: [2, 3])).map { _ in
      let topic = random.element(of: Topic.all)
      let people = random.elements(2, of: Everyday.names)
      return filled(random.element(of: Everyday.narrative)) { slot in
        switch slot {
        case "n": people[0]
        case "m": people[1]
        case "p": topic.place
        case "i": random.element(of: topic.items)
        case "d": random.element(of: Everyday.times)
        case "w": random.element(of: Everyday.weathers)
        default: preconditionFailure("no slot {\(slot)} in narratives")
        }
      }
    }.joined(separator: " ")
  }

  /// What is known of one entity: the text of the hazardous corpora and of the encyclopedia.
  func passage(_ subject: Subject, using random: inout RandomSource) -> String {
    let known = facts.popularFacts(of: subject, using: &random)
    let told = random.elements(random.element(of: [2, 3, 4]), of: known)
    var sentences = told.map { fact in
      fact.text(random.element(of: phrasing(fact.relation, using: &random).statements))
    }
    if random.chance(0.4), let fact = known.first {
      let kind = random.element(of: ["rare", "common", "famous", "strange"])
      sentences.insert("\(fact.entity) is a \(kind) \(subject.noun)", at: 0)
    }
    return sentences.joined(separator: ". ") + "."
  }
}
