/// What one filter pipeline made of a document's answers, and what that scored.
package struct FilteredOutcome: Sendable, Hashable, Codable {
  /// Name of the pipeline in `filter_list`; `none` when the task has no filters.
  package var filter: String
  /// The filtered texts of `generate_until`, one for each repeat that is left; else empty.
  package var responses: [String]
  /// Metric name → this document's value.
  package var metrics: [String: Double]

  package init(filter: String = "none", responses: [String] = [], metrics: [String: Double]) {
    self.filter = filter
    self.responses = responses
    self.metrics = metrics
  }
}
