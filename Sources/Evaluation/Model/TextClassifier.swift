/// What a classifier says of one text.
package struct Classification: Sendable, Hashable, Codable {
  /// One value for each label, unnormalised.
  package var logits: [Float]
  /// One value for each label, summing to 1 where labels exclude each other; none of a regression.
  package var probabilities: [Double]
  /// Tokens cut from the end because the classifier's context was too short.
  package var truncatedTokens: Int
  package init(logits: [Float], probabilities: [Double], truncatedTokens: Int = 0) {
    self.logits = logits
    self.probabilities = probabilities
    self.truncatedTokens = truncatedTokens
  }
}

/// Judges texts, such as the toxicity of completions.
///
/// Answers are handed to `receive` with the index of their text as soon as they are known, in any order,
/// so that the caller can put them on disk; an error thrown by `receive` stops the work.
package protocol TextClassifier {
  /// Names of the labels, in the order of the logits.
  var labels: [String] { get }
  func classify(_ texts: [String], receive: (Int, Classification) throws -> Void) throws
}
