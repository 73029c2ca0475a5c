/// A part of the forget data, tokenised, with a digest of its ids.
struct TokenPart {
  let corpus: TokenCorpus
  let digest: String

  var name: String { corpus.name }

  init(_ corpus: TokenCorpus) {
    self.corpus = corpus
    digest = StepKey.digest(
      step: corpus.name, version: 1, settings: corpus.rows.indices.lazy.map { corpus.text(of: $0) })
  }
}

extension TokenCorpus {
  /// A row as a line for each of its texts: ids in decimal, and where a completion starts.
  fileprivate func text(of row: Int) -> [UInt8] {
    var lines: [UInt8] = []
    for text in texts(row) {
      if row > 0 || !lines.isEmpty { lines.append(UInt8(ascii: "\n")) }
      for (place, id) in text.ids.enumerated() {
        if place > 0 { lines.append(UInt8(ascii: " ")) }
        lines += String(id).utf8
      }
      if text.completionStart > 0 { lines += " from \(text.completionStart)".utf8 }
    }
    return lines
  }
}
