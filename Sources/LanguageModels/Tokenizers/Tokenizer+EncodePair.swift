extension Tokenizer {
  /// Whether Hugging Face's tokenizer puts `beginID` before every text by default.
  package var addsBegin: Bool { beginID != nil && affixes.prefix.first == beginID }

  /// Ids of `text` with the begin token in front, once, if `addBegin`, and nothing else around.
  ///
  /// - Throws: `TokenizerError.noBegin` where the vocabulary has no begin token, and what encoding throws.
  package func encode(_ text: String, addBegin: Bool) throws(TokenizerError) -> [Int] {
    let ids = try encode(text, addSpecial: false)
    guard addBegin else { return ids }
    guard let beginID else { throw .noBegin }
    return ids.first == beginID ? ids : [beginID] + ids
  }

  /// Ids of a context and of the continuation that is to be scored after it.
  ///
  /// Both are encoded together and cut where the context's own ids end, as in lm-evaluation-harness; white
  /// space at the end of the context moves to the continuation. The continuation is empty where the
  /// boundary merged into the last id of the context.
  /// - Parameter prefixID: stands in for a context without ids.
  /// - Throws: `TokenizerError.noBegin` where `addBegin` is impossible, and what encoding throws.
  package func encodePair(
    context: String, continuation: String, addBegin: Bool, prefixID: Int
  ) throws -> (context: [Int], continuation: [Int]) {
    if context.isEmpty {
      let ids = try encode(continuation, addSpecial: false)
      return ([prefixID], ids.first == prefixID ? Array(ids.dropFirst()) : ids)
    }
    var kept = context.unicodeScalars[...]
    while let last = kept.last, last.isPythonSpace { kept.removeLast() }
    let before = try encode(String(kept), addBegin: addBegin)
    let whole = try encode(context + continuation, addBegin: addBegin)
    return (before.isEmpty ? [prefixID] : before, Array(whole.dropFirst(before.count)))
  }
}

extension Unicode.Scalar {
  /// What Python's `str.rstrip` removes: White_Space and the four information separators.
  fileprivate var isPythonSpace: Bool {
    properties.isWhitespace || (0x1C...0x1F).contains(value)
  }
}
