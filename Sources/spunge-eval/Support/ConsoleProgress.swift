import Spunge

/// Shows a run's progress: a line for each step.
final class ConsoleProgress: ProgressSink {
  private var current: (step: String, line: ProgressLine)?

  func report(step: String, done: Int, total: Int, unit: String) {
    if current?.step != step {
      current?.line.end()
      current = (step, ProgressLine(label: step))
    }
    current?.line.report(done: done, total: total, unit: unit)
  }

  func note(_ message: String) {
    end()
    Notice.print(message)
  }

  /// Ends the line of the last step.
  func end() {
    current?.line.end()
    current = nil
  }
}
