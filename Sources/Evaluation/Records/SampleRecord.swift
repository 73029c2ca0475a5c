/// One answered document of one task: what was asked, what came back, what it scored.
package struct SampleRecord: Sendable, Hashable, Codable {
  package var task: String
  /// Position in the task's evaluated split, from 0.
  package var documentID: Int
  /// The gold answer as text (an index for multiple choice).
  package var target: String
  /// Log-likelihoods in request order, in nats.
  package var answers: [LogLikelihoodAnswer]
  /// Generated texts, for `generate_until`.
  package var texts: [String]
  /// Metric name → this document's value.
  package var metrics: [String: Double]
  /// Digest of all prompts and continuations, so that a changed task is not mixed with old answers.
  package var promptDigest: String

  package init(
    task: String, documentID: Int, target: String, answers: [LogLikelihoodAnswer] = [],
    texts: [String] = [], metrics: [String: Double], promptDigest: String
  ) {
    self.task = task
    self.documentID = documentID
    self.target = target
    self.answers = answers
    self.texts = texts
    self.metrics = metrics
    self.promptDigest = promptDigest
  }
}
