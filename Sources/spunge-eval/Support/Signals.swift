import Foundation

/// Signals that would end a run although nothing of it is wrong.
enum Signals {
  /// A terminal that goes away takes no run along, and a file that must not grow is an error of the write.
  static func ignoreWhatEndsRuns() {
    signal(SIGHUP, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }
}
