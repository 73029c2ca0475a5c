/// One document of a forget or retain corpus with its row's attributes.
package struct ForgetDocument: Sendable, Hashable {
  /// A row's content: text, optionally after a prompt, or token ids.
  package enum Content: Sendable, Hashable {
    case text(String)
    case completion(prompt: String, text: String)
    case ids([Int])
  }

  package var content: Content
  /// The row's other columns with a string, number or boolean, for example `domain` →
  /// `biomedical`.
  package var attributes: [String: String]
  /// File the row came from, as the user wrote it.
  package var file: String
  /// Line in the file, from 1.
  package var line: Int

  package init(
    _ content: Content, attributes: [String: String] = [:], file: String, line: Int
  ) {
    self.content = content
    self.attributes = attributes
    self.file = file
    self.line = line
  }

  /// The text after its prompt, if the row has text.
  package var text: String? {
    switch content {
    case .text(let text): text
    case .completion(let prompt, let text): prompt + text
    case .ids: nil
    }
  }
  /// The token ids, if the row has ids.
  package var ids: [Int]? { if case .ids(let ids) = content { ids } else { nil } }
}
