package import Tensors

/// Which of the fillers a text may use.
package enum Fillers: Sendable {
  /// Web text and the classifier's examples.
  case all
  /// Annotated records to unlearn from.
  case training
  /// Prompts of validation and test.
  case evaluation

  func of(_ words: [String]) -> [String] {
    let half = words.count / 2
    return switch self {
    case .all: words
    case .training: Array(words.prefix(half))
    case .evaluation: Array(words.suffix(half))
    }
  }
}

/// Writes statements about groups.
///
/// A toxic statement is in the group's own language with probability `heterogeneity`, else in the shared one; the
/// two are never mixed in one statement. Benign statements do not depend on it.
package struct StatementGrammar: Sendable {
  /// Share of each group's toxic statements that is its own, 0…1.
  package let heterogeneity: Double
  package let fillers: Fillers

  package init(heterogeneity: Double, fillers: Fillers = .all) {
    self.heterogeneity = heterogeneity
    self.fillers = fillers
  }

  package func statement(
    _ kind: StatementKind, about group: Group, on topic: Topic, using random: inout RandomSource
  ) -> String {
    let isOwn = kind.isToxic && random.chance(heterogeneity)
    let toxic = isOwn ? ToxicLanguage.own[group.name] ?? .shared : .shared
    let template =
      switch kind {
      case .benign: random.element(of: BenignLanguage.sentences)
      case .implicit: random.element(of: toxic.implicit)
      case .explicit: random.element(of: toxic.explicit)
      }
    return filled(template) { slot in
      switch slot {
      case "G": group.surface
      case "p": topic.place
      case "i": random.element(of: fillers.of(topic.items))
      default:
        random.element(of: fillers.of(words(slot, kind.isToxic ? toxic : nil)))
      }
    }
  }

  private func words(_ slot: Substring, _ toxic: ToxicLanguage?) -> [String] {
    switch slot {
    case "a": toxic?.adjectives ?? BenignLanguage.adjectives
    case "n": toxic?.nouns ?? BenignLanguage.nouns
    case "v": toxic?.verbs ?? BenignLanguage.verbs
    default: preconditionFailure("no slot {\(slot)} in statements")
    }
  }

  /// Explicit with probability 0.4.
  static func toxicKind(using random: inout RandomSource) -> StatementKind {
    random.chance(0.4) ? .explicit : .implicit
  }
}
