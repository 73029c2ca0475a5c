package import Formats

/// One number of a benchmark of forgetting, under open-unlearning's name.
package struct ForgettingMetric: Sendable {
  package let name: String
  /// `nil` with a `reason` where there is none: never 0 for what could not be computed.
  package let value: Double?
  package let reason: String?
  /// Number of documents.
  package let documents: Int
  /// What each document gave, by its position.
  package let rows: [Row]

  package struct Row: Sendable {
    package let document: Int
    /// Numbers and texts by open-unlearning's names.
    package let fields: Mapping
  }

  /// - Parameter value: what is no finite number is none.
  init(_ name: String, _ value: Double, documents: Int, rows: [Row] = []) {
    self.name = name
    self.value = value.isFinite ? value : nil
    reason = value.isFinite ? nil : "it is \(value)"
    self.documents = documents
    self.rows = rows
  }

  init(_ name: String, missing reason: String) {
    (self.name, value, self.reason, documents, rows) = (name, nil, reason, 0, [])
  }
}
