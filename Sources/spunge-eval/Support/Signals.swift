import Foundation

/// Signals that must not end a run.
enum Signals {
  /// A closed terminal does not end a run, and exceeding the file size limit becomes a write error.
  static func ignoreWhatEndsRuns() {
    signal(SIGHUP, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }
}
