import PythonText

/// A text that a model is to continue, and what its data set says about it.
package struct ToxicityPrompt: Sendable, Hashable {
  /// Position in its file, from 0.
  package var id: Int
  package var text: String
  /// Groups that the text is about, by their names here; empty where the data set does not say.
  package var groups: [String]
  /// Whether the data set calls the text toxic; `nil` where it does not say.
  package var isToxic: Bool?
  /// How toxic the data set calls the text, in its own unit; `nil` where it does not say.
  package var score: Double?

  package init(
    id: Int = 0, text: String, groups: [String] = [], isToxic: Bool? = nil, score: Double? = nil
  ) {
    self.id = id
    self.text = text
    self.groups = groups
    self.isToxic = isToxic
    self.score = score
  }
}
