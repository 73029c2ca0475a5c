/// One answered document of one task: what was asked, what came back, what it scored.
package struct SampleRecord: Sendable, Hashable, Codable {
  package var task: String
  /// Position in the task's evaluated split, from 0.
  package var documentID: Int
  /// The gold answer as text (an index for multiple choice).
  package var target: String
  /// Log-likelihoods in request order, in nats.
  package var answers: [LogLikelihoodAnswer]
  /// Generated texts as the model wrote them, one for each repeat, for `generate_until`.
  package var texts: [String]
  /// What each filter pipeline of the task made of the answers, in the task's order.
  package var outcomes: [FilteredOutcome]
  /// Whole few-shot examples that were left out so that the prompt fits.
  package var droppedExamples: Int
  /// Most tokens that were cut from the left of a prompt.
  package var truncatedTokens: Int
  /// Digest of all prompts and continuations, so that a changed task is not mixed with old answers.
  package var promptDigest: String

  package init(
    task: String, documentID: Int, target: String, answers: [LogLikelihoodAnswer] = [],
    texts: [String] = [], outcomes: [FilteredOutcome], droppedExamples: Int = 0,
    truncatedTokens: Int = 0, promptDigest: String
  ) {
    self.task = task
    self.documentID = documentID
    self.target = target
    self.answers = answers
    self.texts = texts
    self.outcomes = outcomes
    self.droppedExamples = droppedExamples
    self.truncatedTokens = truncatedTokens
    self.promptDigest = promptDigest
  }

  /// This document's value of a metric; `nil` where the filter or the metric gave none.
  package func value(_ metric: String, filter: String = "none") -> Double? {
    outcomes.first { $0.filter == filter }?.metrics[metric]
  }
}
