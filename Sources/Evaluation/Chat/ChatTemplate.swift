import Formats
package import PythonText

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
  private let name: String
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
    self.name = name
    template = try Template(source, name: name, dialect: .chat, keepsTrailingNewline: false)
  }

  /// The text of a conversation.
  package func render(
    _ messages: [ChatMessage], ending: Ending
  ) throws(TemplateError) -> String {
    guard ending == .open else { return try rendered(messages, ending) }
    guard let last = messages.last, source.contains("content") else {
      throw problem("there is no message that could be continued")
    }
    var marked = messages
    marked[marked.count - 1].content += Self.mark
    let text = try rendered(marked, ending)
    let bareMark = Self.mark.stripped()
    guard text.contains(codePointsOf: last.content.stripped()),
      let offset = text.lastByteOffset(of: bareMark)
    else {
      throw problem("the template changes the last message, which therefore cannot be continued")
    }
    let before = String(decoding: text.utf8.prefix(offset), as: UTF8.self)
    let isKept = text.utf8.dropFirst(offset).starts(with: Self.mark.utf8)
    // A template that strips its messages has stripped the mark's space; the same would have
    // happened to the message.
    return isKept ? before : before.stripped(left: false)
  }

  /// Stands where the model continues; its space shows whether the template strips messages.
  private static let mark = "CONTINUE_HERE_MARK "

  private func problem(_ text: String) -> TemplateError {
    .evaluation(TemplatePlace(template: name, line: 1, column: 1), text)
  }

  private func rendered(
    _ messages: [ChatMessage], _ ending: Ending
  ) throws(TemplateError) -> String {
    var variables = Mapping([
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
