extension Tokenizer {
  /// A question's context and continuation as ids, split as lm-evaluation-harness does it.
  ///
  /// White space at the context's end moves to the continuation; both together are encoded, and what follows the
  /// context's own ids is the continuation, which can be empty where the boundary merges. Without a context the
  /// prefix id is the context.
  /// - Parameters:
  ///   - addBegin: whether BOS stands before the context, once.
  ///   - prefixID: the context of a continuation that has none.
  package func encodePair(
    context: String, continuation: String, addBegin: Bool, prefixID: Int
  ) throws -> (context: [Int], continuation: [Int]) {
    guard !context.isEmpty else {
      let ids = encode(continuation, addSpecial: false)
      return ids.first == prefixID ? ([prefixID], Array(ids.dropFirst())) : ([prefixID], ids)
    }
    var scalars = context.unicodeScalars[...]
    while let last = scalars.last, last.isPythonSpace { scalars.removeLast() }
    let kept = String(String.UnicodeScalarView(scalars))
    let moved = String(String.UnicodeScalarView(context.unicodeScalars[scalars.endIndex...]))
    let contextIDs = encode(kept, begin: addBegin)
    let whole = encode(kept + moved + continuation, begin: addBegin)
    let rest = Array(whole.dropFirst(contextIDs.count))
    return (contextIDs.isEmpty ? [prefixID] : contextIDs, rest)
  }

  /// Ids of `text`, with exactly one BOS before it if `begin`.
  package func encode(_ text: String, begin: Bool) -> [Int] {
    let ids = encode(text, addSpecial: false)
    guard begin, let beginID, ids.first != beginID else { return ids }
    return [beginID] + ids
  }
}

extension Unicode.Scalar {
  /// Whether Python's `str.isspace` holds.
  var isPythonSpace: Bool {
    properties.isWhitespace || (0x1C...0x1F).contains(value)
  }
}
