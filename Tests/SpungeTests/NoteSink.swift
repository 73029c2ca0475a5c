import Spunge

/// Keeps what a run remarks.
final class NoteSink: ProgressSink {
  private(set) var notes: [String] = []

  func report(step: String, done: Int, total: Int, unit: String) {}
  func note(_ message: String) { notes.append(message) }
}
