/// Tokenised documents of one domain or corpus, in file order.
package struct TokenCorpus: Sendable {
  /// A tokenised text, and where what counts in it may begin.
  package struct Text: Sendable, Hashable {
    package var ids: [Int32]
    /// Index of the first token after its prompt; 0 where it has none.
    package var completionStart: Int

    package init(ids: [Int32], completionStart: Int = 0) {
      self.ids = ids
      self.completionStart = completionStart
    }
  }

  package var name: String
  /// One row of ids a document, with the special tokens that the model expects.
  package var rows: [[Int32]]
  /// For each row the index of the first token after its prompt; 0 where it has none.
  package var completionStarts: [Int]
  /// For each row what is to be said instead, with the same prompt; nil where nobody asked for it.
  package var alternates: [Text]?

  /// - Parameter completionStarts: 0 for every row by default.
  package init(
    name: String, rows: [[Int32]], completionStarts: [Int]? = nil, alternates: [Text]? = nil
  ) {
    let kept = rows.indices.filter { !rows[$0].isEmpty }
    self.name = name
    self.rows = kept.map { rows[$0] }
    self.completionStarts = kept.map { completionStarts?[$0] ?? 0 }
    self.alternates = alternates.map { alternates in kept.map { alternates[$0] } }
  }

  /// A document's text, and where it has one, its alternate.
  func texts(_ row: Int) -> [Text] {
    [Text(ids: rows[row], completionStart: completionStarts[row])]
      + (alternates.map { [$0[row]] } ?? [])
  }
}
