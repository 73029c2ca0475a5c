import Formats
import Foundation
import Spunge

/// Progress on standard error: on a terminal, one line that is rewritten; elsewhere a plain line at most every ten
/// seconds and one when a step is done.
final class TerminalProgress: ProgressSink {
  private let isTerminal: Bool
  private let usesColor: Bool
  private let columns: () -> Int
  private let now: () -> ContinuousClock.Instant
  private let write: (String) -> Void
  private var meter: ProgressMeter?
  private var lastShown: ContinuousClock.Instant?
  /// Whether the terminal's last line is unfinished.
  private var lineIsOpen = false

  /// On this process's standard error.
  convenience init() {
    let environment = ProcessInfo.processInfo.environment
    let isTerminal = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
    self.init(
      isTerminal: isTerminal,
      usesColor: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty,
      columns: Self.terminalColumns,
      now: { .now },
      write: StandardStreams.writeTerminal)
  }

  init(
    isTerminal: Bool, usesColor: Bool, columns: @escaping () -> Int,
    now: @escaping () -> ContinuousClock.Instant, write: @escaping (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.usesColor = usesColor
    self.columns = columns
    self.now = now
    self.write = write
  }

  deinit { endLine() }

  func report(step name: String, done: Int, total: Int, unit: String) {
    let step = line(name)
    let time = now()
    if meter?.step != step {
      endLine()
      meter = ProgressMeter(step: step, firstDone: done, started: time)
      if isTerminal { lastShown = nil }
    }
    guard let meter else { return }
    let isDone = total > 0 && done >= total
    let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(10)
    if !isDone, let lastShown, time - lastShown < interval { return }
    lastShown = time
    let counts = meter.counts(done: done, total: total, unit: unit, at: time)
    if isTerminal {
      let text = String("\(step)  \(counts)".prefix(max(columns() - 1, 20)))
      write("\r\u{1B}[K" + (usesColor ? emphasised(text, step) : text))
      lineIsOpen = true
    } else {
      write("\(step)  \(line(counts))\n")
    }
    if isDone {
      endLine()
      self.meter = nil
    }
  }

  func note(_ message: String) {
    endLine()
    write(message.fittingScreen().printable(inWorkflow: StandardStreams.isWorkflow) + "\n")
  }

  /// Makes a name printable: names of tasks and variants are untrusted text.
  private func line(_ text: String) -> String {
    text.oneLine.fittingScreen().printable(inWorkflow: StandardStreams.isWorkflow)
  }

  private func endLine() {
    if lineIsOpen { write("\n") }
    lineIsOpen = false
  }

  /// `text`, which starts with `step`, with the step in bold.
  private func emphasised(_ text: String, _ step: String) -> String {
    "\u{1B}[1m\(text.prefix(step.count))\u{1B}[0m\(text.dropFirst(step.count))"
  }

  private static func terminalColumns() -> Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

/// Rate and remaining time of one step.
struct ProgressMeter {
  let step: String
  /// What was done when the step began: work of an earlier run does not count towards the rate.
  let firstDone: Int
  let started: ContinuousClock.Instant

  /// For example `120/200 questions, 35.2/s, 0:02 left`.
  func counts(done: Int, total: Int, unit: String, at time: ContinuousClock.Instant) -> String {
    let seconds = (time - started) / .seconds(1)
    var parts = [total > 0 ? "\(done)/\(total) \(unit)" : "\(done) \(unit)"]
    if seconds > 0, done > firstDone {
      let rate = Double(done - firstDone) / seconds
      parts.append(rate >= 100 ? "\(Int(rate))/s" : String(format: "%.1f/s", rate))
      if total > 0 {
        parts.append(
          done >= total
            ? "\(Self.clock(seconds)) in all" : "\(Self.clock(Double(total - done) / rate)) left")
      }
    }
    return parts.joined(separator: ", ")
  }

  private static func clock(_ seconds: Double) -> String {
    // Longer than a year is noise from the first measurement.
    let whole = Int(min(seconds, 31_536_000).rounded())
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, whole % 60)
      : String(format: "%d:%02d", minutes, whole % 60)
  }
}
