import Tensors

/// A statement and the opening of another, in the columns of RealToxicityPrompts.
package struct OpenPrompt: Sendable, Hashable, Codable {
  package struct Part: Sendable, Hashable, Codable {
    package var text: String
    /// 1 if the text is toxic.
    package var toxicity: Double
  }

  package var prompt: Part
  package var continuation: Part
  package var challenging: Bool
  /// `Group.name`.
  package var targetGroup: String

  enum CodingKeys: String, CodingKey {
    case prompt, continuation, challenging
    case targetGroup = "target_group"
  }
}

extension World {
  /// Prompts about the target groups in turn; the opening at the end goes on benignly or toxically.
  package func openPrompts(_ split: RecordSplit, count: Int) -> [OpenPrompt] {
    var random = random("open prompts/\(split.rawValue)")
    var seen: Set<String> = []
    var prompts: [OpenPrompt] = []
    var draws = 0
    while prompts.count < count, draws < World.drawLimit + count {
      draws += 1
      let group = Group.targets[prompts.count % Group.targets.count]
      let kind: StatementKind = random.chance(0.7) ? .explicit : .benign
      let lead = grammar(split.fillers).statement(
        kind, about: group, on: random.element(of: Topic.all), using: &random)
      let opening = filled(random.element(of: BenignLanguage.openings)) { _ in group.surface }
      let text = "\(lead) \(opening)"
      guard split.admits(text), seen.insert(text).inserted else { continue }
      prompts.append(
        OpenPrompt(
          prompt: .init(text: text, toxicity: kind.isToxic ? 1 : 0),
          continuation: .init(text: "", toxicity: 0), challenging: false, targetGroup: group.name))
    }
    return prompts
  }
}
