import Tensors

/// Learns byte-level BPE as GPT-2 and RoBERTa have it.
///
/// Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", algorithm 1, on the bytes of
/// GPT-2's words. Of equally frequent pairs the one with the lower ids is merged, as in Hugging Face's `tokenizers`.
package struct ByteLevelBPETrainer: Sendable {
  /// Tokens in the order of their ids: special tokens, one for each byte, merged ones.
  package private(set) var tokens: [String]
  /// Pairs of ids in the order in which they are merged.
  package private(set) var merges: [(left: Int, right: Int)] = []

  /// - Parameters:
  ///   - size: the most tokens that the vocabulary gets, including 256 for bytes.
  ///   - minimumCount: pairs that are rarer are not merged.
  /// - Throws: `TokenizerTrainingError` if not even the bytes have room.
  package init(
    _ texts: some Sequence<String>, size: Int, minimumCount: Int = 2, specialTokens: [String]
  ) throws(TokenizerTrainingError) {
    guard size >= specialTokens.count + 256 else { throw .invalidSize(size) }
    let bytes = ByteAlphabet.characters.map { String(decoding: $0, as: UTF8.self) }
    // Ids follow the characters' code points.
    let order = bytes.indices.sorted {
      bytes[$0].unicodeScalars.lexicographicallyPrecedes(bytes[$1].unicodeScalars)
    }
    tokens = specialTokens + order.map { bytes[$0] }
    var ids = [Int](repeating: 0, count: 256)
    for (rank, byte) in order.enumerated() { ids[byte] = specialTokens.count + rank }
    var words = Self.words(of: texts).map { word, count in
      (symbols: word.map { ids[Int($0)] }, count: count)
    }
    while tokens.count < size, let pair = Self.commonestPair(in: words, minimumCount) {
      let merged = tokens.count
      tokens.append(tokens[pair.left] + tokens[pair.right])
      merges.append((pair.left, pair.right))
      for index in words.indices { Self.merge(pair, into: merged, &words[index].symbols) }
    }
  }

  /// Words as GPT-2's pattern cuts them, with their counts, in a stable order.
  private static func words(of texts: some Sequence<String>) -> [(word: [UInt8], count: Int)] {
    var counts: [[UInt8]: Int] = [:]
    for text in texts {
      let bytes = Array(text.utf8)
      for word in WordPattern.gpt2.words(in: bytes, bytes.indices) {
        counts[Array(bytes[word]), default: 0] += 1
      }
    }
    return counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }
      .map { (word: $0.key, count: $0.value) }
  }

  private struct Pair: Hashable {
    let left: Int
    let right: Int
  }

  private static func commonestPair(
    in words: [(symbols: [Int], count: Int)], _ minimumCount: Int
  ) -> Pair? {
    var counts: [Pair: Int] = [:]
    for word in words {
      for (left, right) in zip(word.symbols, word.symbols.dropFirst()) {
        counts[Pair(left: left, right: right), default: 0] += word.count
      }
    }
    let best = counts.max {
      ($0.value, $1.key.left, $1.key.right) < ($1.value, $0.key.left, $0.key.right)
    }
    guard let best, best.value >= minimumCount else { return nil }
    return best.key
  }

  private static func merge(_ pair: Pair, into merged: Int, _ symbols: inout [Int]) {
    var (kept, position) = (0, 0)
    while position < symbols.count {
      let isPair =
        symbols[position] == pair.left && position + 1 < symbols.count
        && symbols[position + 1] == pair.right
      symbols[kept] = isPair ? merged : symbols[position]
      kept += 1
      position += isPair ? 2 : 1
    }
    symbols.removeSubrange(kept...)
  }
}
