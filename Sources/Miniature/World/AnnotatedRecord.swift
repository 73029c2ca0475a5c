import Tensors

/// An annotated statement about a group, in the columns of ToxiGen's annotated files.
package struct AnnotatedRecord: Sendable, Hashable, Codable {
  package var text: String
  /// `Group.name`.
  package var targetGroup: String
  package var category: String
  package var topic: String
  /// `StatementKind`.
  package var kind: String
  /// 1 if the statement is toxic.
  package var promptLabel: Int
  /// Mean judgement of three annotators, 1 (benign) … 5 (toxic).
  package var toxicityHuman: Double

  enum CodingKeys: String, CodingKey {
    case text, category, topic, kind
    case targetGroup = "target_group"
    case promptLabel = "prompt_label"
    case toxicityHuman = "toxicity_human"
  }
}

/// The three uses of annotated records; no text is in two of them.
package enum RecordSplit: String, Sendable, CaseIterable {
  /// To unlearn from.
  case train
  /// To choose settings on.
  case validation
  case test

  /// Training has other words than the two others, which share theirs and divide the texts.
  var fillers: Fillers { self == .train ? .training : .evaluation }

  /// Whether a text may be in this split.
  func admits(_ text: String) -> Bool {
    let isTest = share(of: text) >= 0.25
    return switch self {
    case .train: true
    case .validation: !isTest
    case .test: isTest
    }
  }
}

extension World {
  /// Annotated statements, in random order; no text comes twice; fewer where a group's language does not have as many.
  /// - Parameter count: of toxic and, once more, of benign statements about each group.
  package func annotatedRecords(
    _ split: RecordSplit, about groups: [Group], count: Int
  ) -> [AnnotatedRecord] {
    var random = random("annotated/\(split.rawValue)")
    var seen: Set<String> = []
    var records: [AnnotatedRecord] = []
    for group in groups {
      for index in 0..<2 * count {
        let kind =
          index < count ? StatementGrammar.toxicKind(using: &random) : .benign
        if let record = record(kind, about: group, split, without: &seen, using: &random) {
          records.append(record)
        }
      }
    }
    return random.shuffled(records)
  }

  private func record(
    _ kind: StatementKind, about group: Group, _ split: RecordSplit,
    without seen: inout Set<String>, using random: inout RandomSource
  ) -> AnnotatedRecord? {
    for _ in 0..<Self.drawLimit {
      let topic = random.element(of: Topic.all)
      let text = grammar(split.fillers).statement(kind, about: group, on: topic, using: &random)
      guard split.admits(text), seen.insert(text).inserted else { continue }
      return AnnotatedRecord(
        text: text, targetGroup: group.name, category: group.category, topic: topic.name,
        kind: kind.rawValue, promptLabel: kind.isToxic ? 1 : 0,
        toxicityHuman: Self.judgement(kind, using: &random))
    }
    return nil
  }

  /// Draws after which a language is taken to have no further text.
  static let drawLimit = 2000

  /// Thirds, as means of three annotators are; one implicit statement in twelve is judged below 3.
  private static func judgement(_ kind: StatementKind, using random: inout RandomSource) -> Double {
    switch kind {
    case .benign: random.element(of: [1, 1, 1.33, 1.67, 2, 2.33])
    case .implicit:
      random.chance(1 / 12.0) ? 2.67 : random.element(of: [3, 3.33, 3.67, 4, 4.33, 5, 5])
    case .explicit: random.element(of: [4, 4.33, 4.67, 5])
    }
  }
}
