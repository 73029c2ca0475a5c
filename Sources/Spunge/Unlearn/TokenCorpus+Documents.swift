import Formats
package import LanguageModels

extension TokenCorpus {
  /// Tokenises documents; rows that carry ids are taken as they are.
  ///
  /// - Parameters:
  ///   - documents: none for a method that retains nothing.
  ///   - alternateColumn: whose text is to be said instead, tokenised in the same way; nil for none.
  ///   - tokenizer: asked for only if a document is text.
  /// - Throws: `UnlearningError.noText`, `.noAlternate`, and what `tokenizer` throws.
  package init(
    name: String, documents: [ForgetDocument], alternateColumn: String? = nil,
    tokenizer: () throws -> any Tokenizer
  ) throws {
    var loaded: (any Tokenizer)?
    func encoder() throws -> any Tokenizer {
      let tokenizer = try loaded ?? tokenizer()
      loaded = tokenizer
      return tokenizer
    }
    let texts = try documents.map { try Text($0.content, of: $0, tokenizer: encoder) }
    self.init(
      name: name, rows: texts.map(\.ids), completionStarts: texts.map(\.completionStart),
      alternates: try alternateColumn.map { column in
        try documents.map { try Text($0.alternate(in: column), of: $0, tokenizer: encoder) }
      })
    guard documents.isEmpty || !self.rows.isEmpty else {
      throw UnlearningError.noText(part: name, corpus: name)
    }
  }
}

extension TokenCorpus.Text {
  fileprivate init(
    _ content: ForgetDocument.Content, of document: ForgetDocument,
    tokenizer: () throws -> any Tokenizer
  ) throws {
    switch content {
    case .ids(let ids):
      self.init(
        ids: try ids.map { id in
          guard let small = Int32(exactly: id), small >= 0 else {
            throw UnlearningError.invalidID(file: document.file, line: document.line, id: id)
          }
          return small
        })
    case .text(let text):
      self.init(ids: try tokenizer().encode(text, addSpecial: true).map { Int32($0) })
    case .completion(let prompt, let text):
      let tokenizer = try tokenizer()
      let pair = try tokenizer.encodePair(
        context: prompt, continuation: text, addBegin: tokenizer.addsBegin,
        prefixID: tokenizer.beginID ?? tokenizer.endID ?? 0)
      self.init(
        ids: (pair.context + pair.continuation).map { Int32($0) },
        completionStart: pair.context.count)
    }
  }
}

extension ForgetDocument {
  /// What is to be said instead of the text, after the same prompt.
  fileprivate func alternate(in column: String) throws -> Content {
    func problem(_ reason: String) -> UnlearningError {
      .noAlternate(file: file, line: line, column: column, reason: reason)
    }
    guard let alternate = attributes[column], !alternate.allSatisfy(\.isWhitespace) else {
      throw problem("the row has no text in '\(column.shown())'")
    }
    switch content {
    case .text: return .text(alternate)
    case .completion(let prompt, _): return .completion(prompt: prompt, text: alternate)
    case .ids: throw problem("the row holds token ids, and an alternate is text")
    }
  }
}
