/// A model's chat format: a Jinja template over the messages of a conversation, rendered as
/// transformers does.
package struct ChatTemplate: Sendable {
  /// How the text of a conversation ends.
  package enum Ending: Sendable {
    /// With what makes the model answer (`add_generation_prompt`).
    case prompt
    /// In the middle of the last message, which the model continues (`continue_final_message`).
    case open
    /// With the last message.
    case closed
  }

  package let source: String
  /// `bos_token`, `eos_token` and other special tokens by the names that templates use.
  package let specialTokens: [String: String]
  private let template: Template

  /// - Parameters:
  ///   - source: the template.
  ///   - specialTokens: texts of special tokens: `["bos_token": "<s>"]`.
  ///   - name: where the template stands, for messages.
  package init(
    _ source: String, specialTokens: [String: String], name: String
  ) throws(TemplateError) {
    self.source = source
    self.specialTokens = specialTokens
    template = try Template(source, name: name)
  }

  package func render(
    _ messages: [ChatMessage], ending: Ending
  ) throws(TemplateError) -> String {
    var variables = TemplateMapping([
      ("messages", .list(messages.map(\.value))), ("tools", .none), ("documents", .none),
      ("add_generation_prompt", .bool(ending == .prompt)),
    ])
    for (name, text) in specialTokens.sorted(by: { $0.key < $1.key }) {
      variables[.string(name)] = .string(text)
    }
    return try template.render(variables)
  }
}

extension ChatTemplate: Hashable {
  package static func == (left: ChatTemplate, right: ChatTemplate) -> Bool {
    left.source == right.source && left.specialTokens == right.specialTokens
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(source)
    hasher.combine(specialTokens)
  }
}
