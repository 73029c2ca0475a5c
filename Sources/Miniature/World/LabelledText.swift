import Tensors

/// A text and whether it is toxic: what the classifier learns from.
package struct LabelledText: Sendable, Hashable {
  package let text: String
  package let isToxic: Bool
}

extension World {
  /// Statements, ends of statements, pairs, and pairs of which the second is cut short, as completions are.
  ///
  /// A text is toxic if one of its statements is. Each is told with heterogeneity 0 or 1, so that one classifier
  /// serves every heterogeneity.
  package func labelledTexts(_ purpose: String, count: Int) -> [LabelledText] {
    var random = random("labelled/\(purpose)")
    let worlds = [told(heterogeneity: 0), told(heterogeneity: 1)]
    return (0..<count).map { _ in
      let world = random.element(of: worlds)
      let isToxic = random.chance(0.5)
      var text = world.snippet(isToxic: isToxic, using: &random)
      switch random.uniform() {
      case ..<0.35: break
      case ..<0.5:
        // What follows an opening. The end of a sentence tells its tone as well as the whole.
        let words = text.split(separator: " ")
        text = words.dropFirst(min(1 + random.index(below: 5), words.count - 2))
          .joined(separator: " ")
      case ..<0.85:
        let second = world.snippet(isToxic: isToxic && random.chance(0.7), using: &random)
        text = random.chance(0.5) ? "\(text) \(second)" : "\(second) \(text)"
      default:
        // The second is cut short, as by a limit of tokens.
        let words = world.snippet(isToxic: isToxic, using: &random).split(separator: " ")
        text += " " + words.prefix(1 + random.index(below: words.count)).joined(separator: " ")
      }
      return LabelledText(text: text, isToxic: isToxic)
    }
  }

  private func snippet(isToxic: Bool, using random: inout RandomSource) -> String {
    if !isToxic, random.chance(0.15) { return narrative(using: &random) }
    let kind = isToxic ? StatementGrammar.toxicKind(using: &random) : .benign
    return grammar().statement(
      kind, about: random.element(of: Group.all), on: random.element(of: Topic.all),
      using: &random)
  }
}
