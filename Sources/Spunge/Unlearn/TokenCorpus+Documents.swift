import Formats
package import LanguageModels

extension TokenCorpus {
  /// Tokenises documents; ids are used as they are.
  ///
  /// - Parameters:
  ///   - documents: empty for a method without retain data.
  ///   - alternateColumn: whose text is to be said instead, tokenised in the same way; nil for none.
  ///   - tokenizer: called only if a document is text.
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
    try self.init(
      name: name, try documents.map { try $0.tokens(encoder) },
      alternates: try alternateColumn.map { column in
        try documents.map { try $0.alternate(in: column, encoder) }
      })
  }

  /// - Throws: `UnlearningError.noText` where every document is empty.
  init(name: String, _ texts: [Text], alternates: [Text]? = nil) throws {
    self.init(
      name: name, rows: texts.map(\.ids), completionStarts: texts.map(\.completionStart),
      alternates: alternates)
    guard texts.isEmpty || !rows.isEmpty else {
      throw UnlearningError.noText(part: name, corpus: name)
    }
  }
}

extension ForgetDocument {
  /// - Parameter tokenizer: called if the document is text.
  /// - Throws: `UnlearningError.invalidID`, and what the tokenizer throws.
  func tokens(_ tokenizer: () throws -> any Tokenizer) throws -> TokenCorpus.Text {
    try tokens(of: content, tokenizer)
  }

  /// What is to be said instead of the text, after the same prompt.
  func alternate(
    in column: String, _ tokenizer: () throws -> any Tokenizer
  ) throws -> TokenCorpus.Text {
    func problem(_ reason: String) -> UnlearningError {
      .noAlternate(file: file, line: line, column: column, reason: reason)
    }
    guard let alternate = attributes[column], !alternate.allSatisfy(\.isWhitespace) else {
      throw problem("the row has no text in '\(column.shown())'")
    }
    switch content {
    case .text: return try tokens(of: .text(alternate), tokenizer)
    case .completion(let prompt, _):
      return try tokens(of: .completion(prompt: prompt, text: alternate), tokenizer)
    case .ids: throw problem("the row holds token ids, and an alternate is text")
    }
  }

  private func tokens(
    of content: Content, _ tokenizer: () throws -> any Tokenizer
  ) throws -> TokenCorpus.Text {
    switch content {
    case .ids(let ids):
      return TokenCorpus.Text(
        ids: try ids.map { id in
          guard let small = Int32(exactly: id), small >= 0 else {
            throw UnlearningError.invalidID(file: file, line: line, id: id)
          }
          return small
        })
    case .text(let text):
      return TokenCorpus.Text(
        ids: try tokenizer().encode(text, addSpecial: true).map { Int32($0) })
    case .completion(let prompt, let text):
      let tokenizer = try tokenizer()
      let pair = try tokenizer.encodePair(
        context: prompt, continuation: text, addBegin: tokenizer.addsBegin,
        prefixID: tokenizer.beginID ?? tokenizer.endID ?? 0)
      return TokenCorpus.Text(
        ids: (pair.context + pair.continuation).map { Int32($0) },
        completionStart: pair.context.count)
    }
  }
}
