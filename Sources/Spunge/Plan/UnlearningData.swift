/// All that unlearning reads, and what was left out on the way there.
struct UnlearningData {
  let parts: [TokenPart]
  /// The documents of `parts` in as many parts drawn at random; none where they are not asked for.
  let random: [TokenPart]
  let retain: TokenPart
  /// Documents of the forget files, without the empty ones.
  let documents: Int
  /// Documents that the split moved to the retained ones.
  let retained: Int
  /// Reason → number of documents that are in no part.
  let dropped: [String: Int]
  /// Empty documents of the forget and of the retain files.
  let empty: (forget: Int, retain: Int)
}
