import PythonText

/// Prompts as conversations in the model's own chat format.
package struct ChatPrompts: Sendable, Hashable {
  package var template: ChatTemplate
  /// Whether few-shot examples are turns of their own (the harness's default) instead of one long
  /// message of the user.
  package var fewShotAsMultiturn: Bool

  package init(template: ChatTemplate, fewShotAsMultiturn: Bool = true) {
    self.template = template
    self.fewShotAsMultiturn = fewShotAsMultiturn
  }

  /// The text of a prompt, as the harness has it: when the template refuses the system message,
  /// the conversation goes without.
  func text(
    _ parts: [PromptPart], ending: ChatTemplate.Ending
  ) throws(TemplateError) -> (text: String, droppedSystem: Bool) {
    let messages = fewShotAsMultiturn ? parts.map(\.message) : Self.oneTurn(parts)
    do {
      return (try template.render(messages, ending: ending), false)
    } catch {
      guard messages.contains(where: { $0.role == .system }) else { throw error }
      let others = messages.filter { $0.role != .system }
      return (try template.render(others, ending: ending), true)
    }
  }

  /// Everything between the system message and the answer's prefix as one message of the user.
  private static func oneTurn(_ parts: [PromptPart]) -> [ChatMessage] {
    var (parts, before, after) = (parts[...], [ChatMessage](), [ChatMessage]())
    if let first = parts.first, first.role == .system {
      before = [first.message]
      parts = parts.dropFirst()
    }
    if let last = parts.last, last.role == .assistant {
      after = [last.message]
      parts = parts.dropLast()
    }
    if !parts.isEmpty { parts[parts.endIndex - 1].delimiter = "" }
    return before + [ChatMessage(.user, parts.map(\.text).joined())] + after
  }
}
