package import Formats

/// An error and the step of a run in which it occurred.
package struct StepError: ExitingError, CustomStringConvertible {
  /// For example `score base / arc_easy`.
  package let step: String
  package let cause: any Error

  package init(step: String, cause: any Error) {
    self.step = step
    self.cause = cause
  }

  package var blame: Blame {
    (cause as? any ExitingError)?.blame ?? .run
  }

  package var description: String { "\(step.shown()): \(cause)" }
}
