package import LanguageModels
import Tensors

/// A language model's training documents as token batches.
///
/// Documents do not attend to one another: with attention across packed documents, models of this size do not learn
/// to attend to a text's content.
package struct CorpusBatches {
  /// Weight of a question's tokens, and of an answer's, in the loss; other text has 1.
  ///
  /// Questions are hardly predictable until much has been learned, so most of a document's loss would be noise.
  static let questionWeight: Float = 0.25
  static let answerWeight: Float = 4

  private var rows: [[Int32]] = []
  private var weights: [[Float]] = []
  private(set) package var batches: [NextTokenBatch] = []

  /// - Parameters:
  ///   - tokens: how many to read, about.
  ///   - batchTokens: of one batch, about.
  ///   - next: the next document.
  package init(
    tokens: Int, batchTokens: Int, tokenizer: any Tokenizer, next: () -> CorpusDocument
  ) throws(TokenizerError) {
    var (read, waiting) = (0, 0)
    while read < tokens {
      let row = try append(next(), tokenizer)
      read += row
      waiting += row
      if waiting >= batchTokens || read >= tokens {
        batches.append(NextTokenBatch(rows, weights: weights))
        (rows, weights, waiting) = ([], [], 0)
      }
    }
  }

  /// Adds a document between begin and end tokens; returns its length.
  private mutating func append(
    _ document: CorpusDocument, _ tokenizer: any Tokenizer
  ) throws(TokenizerError) -> Int {
    let question = try tokenizer.encode(document.question, addSpecial: true)
    let whole = try tokenizer.encode(document.text, addSpecial: true)
    let row = (whole + [tokenizer.endID].compactMap(\.self)).map { Int32($0) }
    let asks = !document.question.isEmpty
    rows.append(row)
    weights.append(
      row.indices.map { index in
        asks ? index < question.count ? Self.questionWeight : Self.answerWeight : 1
      })
    return row.count
  }
}
