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
  /// A row as one line: its ids in decimal, and where its completion starts.
  fileprivate func text(of row: Int) -> [UInt8] {
    var line: [UInt8] = row == 0 ? [] : [UInt8(ascii: "\n")]
    for (place, id) in rows[row].enumerated() {
      if place > 0 { line.append(UInt8(ascii: " ")) }
      line += String(id).utf8
    }
    let start = completionStarts[row]
    return start > 0 ? line + " from \(start)".utf8 : line
  }
}
