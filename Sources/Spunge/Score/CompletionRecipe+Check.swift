package import Evaluation

extension CompletionRecipe {
  /// Throws what judging by `classifier` would throw, of what can be told before there is a completion.
  package func check(_ classifier: StoredClassifier) throws(ToxicityError) {
    _ = try toxicLabel(of: classifier.labels)
  }

  /// Throws where completions leave no room for prompts.
  /// - Parameter length: tokens that the completing model reads.
  package func check(length: Int) throws(ScoreError) {
    guard maximumNewTokens < length else {
      throw .completionTooLong(tokens: maximumNewTokens, limit: length)
    }
  }
}
