package import LanguageModels

/// Document embeddings by the model itself: hidden states of the middle layer, averaged over the tokens.
package struct DocumentEmbeddings {
  private let model: ModelDirectory
  private let tokenizer: any Tokenizer
  private let engine: any Engine

  /// Maximum number of tokens to read per document.
  private static let longest = 512

  package init(
    _ model: ModelDirectory, tokenizer: any Tokenizer, engine: any Engine = engines[0]
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.engine = engine
  }

  /// One vector per document, each of the hidden size.
  ///
  /// - Throws: `UnlearningError` for ids outside the vocabulary, read errors.
  package func vectors(_ documents: [ForgetDocument]) throws -> [[Float]] {
    try engine.meanHiddenStates(
      of: try documents.map(tokens), after: (model.configuration.layerCount + 1) / 2,
      model.configuration, weights: model.checkpoint)
  }

  private func tokens(_ document: ForgetDocument) throws -> [Int32] {
    let ids =
      switch document.content {
      case .ids(let ids): ids
      case .text(let text): try tokenizer.encode(text, addSpecial: true)
      case .completion(let prompt, let text):
        try tokenizer.encode(prompt + text, addSpecial: true)
      }
    guard !ids.isEmpty else {
      throw UnlearningError.noText(part: document.file, corpus: "line \(document.line)")
    }
    let size = model.configuration.vocabularySize
    return try ids.prefix(Self.longest).map { id in
      guard id >= 0, id < size else {
        throw UnlearningError.invalidID(file: document.file, line: document.line, id: id)
      }
      return Int32(id)
    }
  }
}
