/// Where a run says how far it is.
///
/// Rate and time left are the renderer's business, so that the numeric code reports counts only.
package protocol ProgressSink: AnyObject {
  /// Says that `done` of `total` are finished.
  ///
  /// - Parameters:
  ///   - step: what is being done, for example `score base / arc_easy`.
  ///   - done: finished so far, from 0.
  ///   - total: how many there are; 0 when unknown.
  ///   - unit: what is counted, in the plural.
  func report(step: String, done: Int, total: Int, unit: String)

  /// Says something worth a line of its own.
  func note(_ message: String)
}

/// Tells nobody.
package final class SilentProgress: ProgressSink {
  package init() {}
  package func report(step: String, done: Int, total: Int, unit: String) {}
  package func note(_ message: String) {}
}
