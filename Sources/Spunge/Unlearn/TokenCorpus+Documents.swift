package import LanguageModels

extension TokenCorpus {
  /// Tokenises documents; rows that carry ids are taken as they are.
  ///
  /// - Parameter tokenizer: asked for only if a document is text.
  /// - Throws: `UnlearningError.noText`, and what `tokenizer` throws.
  package init(
    name: String, documents: [ForgetDocument], tokenizer: () throws -> any Tokenizer
  ) throws {
    var loaded: (any Tokenizer)?
    var rows: [[Int32]] = []
    rows.reserveCapacity(documents.count)
    for document in documents {
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
        let encoder = try loaded ?? tokenizer()
        loaded = encoder
        rows.append(encoder.encode(text, addSpecial: true).map { Int32($0) })
      }
    }
    self.init(name: name, rows: rows)
    guard !self.rows.isEmpty else { throw UnlearningError.noText(part: name, corpus: name) }
  }
}
