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
    var (rows, starts): ([[Int32]], [Int]) = ([], [])
    rows.reserveCapacity(documents.count)
    func encoder() throws -> any Tokenizer {
      let tokenizer = try loaded ?? tokenizer()
      loaded = tokenizer
      return tokenizer
    }
    for document in documents {
      var start = 0
      switch document.content {
      case .ids(let ids):
        rows.append(
          try ids.map { id in
            guard let small = Int32(exactly: id), small >= 0 else {
              throw UnlearningError.invalidID(file: document.file, line: document.line, id: id)
            }
            return small
          })
      case .text(let text):
        rows.append(try encoder().encode(text, addSpecial: true).map { Int32($0) })
      case .completion(let prompt, let text):
        let tokenizer = try encoder()
        let pair = try tokenizer.encodePair(
          context: prompt, continuation: text, addBegin: tokenizer.addsBegin,
          prefixID: tokenizer.beginID ?? tokenizer.endID ?? 0)
        start = pair.context.count
        rows.append((pair.context + pair.continuation).map { Int32($0) })
      }
      starts.append(start)
    }
    self.init(name: name, rows: rows, completionStarts: starts)
    guard documents.isEmpty || !self.rows.isEmpty else {
      throw UnlearningError.noText(part: name, corpus: name)
    }
  }
}
