/// Receives a run's progress.
///
/// Numeric code reports only counts; rates and remaining time are up to the renderer.
package protocol ProgressSink: AnyObject {
  /// Reports that `done` of `total` are finished.
  ///
  /// - Parameters:
  ///   - step: what is being done, for example `score base / arc_easy`.
  ///   - done: finished so far, from 0.
  ///   - total: how many there are; 0 when unknown.
  ///   - unit: what is counted, in the plural.
  func report(step: String, done: Int, total: Int, unit: String)

  /// Reports a message of its own line.
  func note(_ message: String)
}

/// Discards all progress.
package final class SilentProgress: ProgressSink {
  package init() {}
  package func report(step: String, done: Int, total: Int, unit: String) {}
  package func note(_ message: String) {}
}
