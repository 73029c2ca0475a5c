package import LanguageModels
import Tensors

/// The model's own vectors of documents: hidden states halfway up, averaged over the tokens.
package struct DocumentEmbeddings {
  private let model: ModelDirectory
  private let tokenizer: any Tokenizer
  /// Blocks that are computed.
  private let depth: Int

  /// Tokens of a document that are read.
  private static let longest = 512
  /// Tokens that are computed at a time.
  private static let batchTokens = 2048

  package init(_ model: ModelDirectory, tokenizer: any Tokenizer) {
    self.model = model
    self.tokenizer = tokenizer
    depth = (model.configuration.layerCount + 1) / 2
  }

  /// One vector of the hidden size for each document.
  ///
  /// - Throws: `UnlearningError` for ids outside the vocabulary, read errors.
  package func vectors(_ documents: [ForgetDocument]) throws -> [[Float]] {
    let rows = try documents.map(tokens)
    let runner = BlockRunner(
      configuration: model.configuration, backend: CPUBackend(), positions: Self.longest)
    let blocks = try (0..<depth).map { try LlamaBlock(index: $0, checkpoint: model.checkpoint) }
    var result: [[Float]] = []
    var first = 0
    while first < rows.count {
      var (last, tokens) = (first, 0)
      while last < rows.count, last == first || tokens + rows[last].count <= Self.batchTokens {
        tokens += rows[last].count
        last += 1
      }
      let batch = TokenBatch(Array(rows[first..<last]))
      var hidden = try model.checkpoint.embeddings(of: batch, width: model.configuration.hiddenSize)
      for block in blocks { hidden = runner.forward(block, hidden, batch) }
      result += batch.sequences.map { mean(of: hidden, rows: $0) }
      first = last
    }
    return result
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

  private func mean(of hidden: Tensor, rows: Range<Int>) -> [Float] {
    var sums = [Double](repeating: 0, count: hidden.columns)
    for row in rows {
      for column in 0..<hidden.columns {
        sums[column] += Double(hidden[row * hidden.columns + column])
      }
    }
    return sums.map { Float($0 / Double(max(rows.count, 1))) }
  }
}
