package import LanguageModels

extension TokenCorpus {
  /// Tokenises documents; ids are used as they are.
  ///
  /// - Parameters:
  ///   - documents: empty for a method without retain data.
  ///   - tokenizer: called only if a document is text.
  /// - Throws: `UnlearningError.noText`, and what `tokenizer` throws.
  package init(
    name: String, documents: [ForgetDocument], tokenizer: () throws -> any Tokenizer
  ) throws {
    var loaded: (any Tokenizer)?
    func encoder() throws -> any Tokenizer {
      let tokenizer = try loaded ?? tokenizer()
      loaded = tokenizer
      return tokenizer
    }
    try self.init(name: name, try documents.map { try $0.tokens(encoder) })
  }

  /// - Throws: `UnlearningError.noText` where every document is empty.
  init(name: String, _ documents: [DocumentTokens]) throws {
    self.init(
      name: name, rows: documents.map(\.ids), completionStarts: documents.map(\.completionStart))
    guard documents.isEmpty || !rows.isEmpty else {
      throw UnlearningError.noText(part: name, corpus: name)
    }
  }
}

/// A document as a network reads it.
struct DocumentTokens {
  let ids: [Int32]
  /// Index of the first token after its prompt; 0 where it has none.
  var completionStart = 0
}

extension ForgetDocument {
  /// - Parameter tokenizer: asked for where the document is text.
  /// - Throws: `UnlearningError.invalidID`, and what the tokenizer throws.
  func tokens(_ tokenizer: () throws -> any Tokenizer) throws -> DocumentTokens {
    switch content {
    case .ids(let ids):
      return DocumentTokens(
        ids: try ids.map { id in
          guard let small = Int32(exactly: id), small >= 0 else {
            throw UnlearningError.invalidID(file: file, line: line, id: id)
          }
          return small
        })
    case .text(let text):
      return DocumentTokens(ids: try tokenizer().encode(text, addSpecial: true).map { Int32($0) })
    case .completion(let prompt, let text):
      let tokenizer = try tokenizer()
      let pair = try tokenizer.encodePair(
        context: prompt, continuation: text, addBegin: tokenizer.addsBegin,
        prefixID: tokenizer.beginID ?? tokenizer.endID ?? 0)
      return DocumentTokens(
        ids: (pair.context + pair.continuation).map { Int32($0) },
        completionStart: pair.context.count)
    }
  }
}
