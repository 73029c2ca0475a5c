/// The windows for scoring a long text, with every token scored once.
///
/// As lm-evaluation-harness with one token of context: the first window starts from the prefix token, each later
/// one ends where its predicted tokens end and sees as much before them as fits.
package struct RollingWindows: Sequence {
  private let tokens: [Int32]
  private let prefix: Int32
  private let length: Int

  /// - Parameters:
  ///   - tokens: the whole text.
  ///   - prefix: token before the first one.
  ///   - length: maximum number of tokens that the network sees at once.
  package init(tokens: [Int32], prefix: Int32, length: Int) {
    self.tokens = tokens
    self.prefix = prefix
    self.length = Swift.max(1, length)
  }

  package func makeIterator() -> AnyIterator<ScoringRequest> {
    var done = 0
    return AnyIterator {
      guard done < tokens.count else { return nil }
      let scored = Swift.min(length, tokens.count - done)
      let end = done + scored
      defer { done = end }
      // Input and predicted tokens together are one longer than what the network sees.
      let whole = [prefix] + tokens[..<end]
      return ScoringRequest(tokens: Array(whole.suffix(length + 1)), scored: scored)
    }
  }
}
