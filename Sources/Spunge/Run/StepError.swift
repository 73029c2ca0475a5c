/// What went wrong, and in which step of a run.
package struct StepError: Error, CustomStringConvertible {
  /// For example `score base / arc_easy`.
  package let step: String
  package let cause: any Error

  package init(step: String, cause: any Error) {
    self.step = step
    self.cause = cause
  }

  package var description: String { "\(step): \(cause)" }
}
