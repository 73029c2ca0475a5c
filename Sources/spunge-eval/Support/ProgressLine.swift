import Foundation

/// Progress on standard error: one rewritten line on a terminal, plain lines now and then elsewhere.
final class ProgressLine {
  private let label: String
  private let started = ContinuousClock.now
  private let isTerminal = isatty(2) == 1
  private var lastPrinted: ContinuousClock.Instant?

  init(label: String) { self.label = label }

  /// - Parameters:
  ///   - done: units finished.
  ///   - total: units in all.
  ///   - unit: what is counted, plural.
  func report(done: Int, total: Int, unit: String) {
    let now = ContinuousClock.now
    let interval: Duration = isTerminal ? .milliseconds(200) : .seconds(10)
    if let lastPrinted, now - lastPrinted < interval, done < total { return }
    lastPrinted = now
    let seconds = max((now - started).seconds, 1e-6)
    let rate = Double(done) / seconds
    let left = rate > 0 ? Double(total - done) / rate : 0
    let text =
      "\(label): \(done)/\(total) \(unit), \(Self.number(rate)) \(unit)/s, \(Self.time(left)) left"
    write(isTerminal ? "\r\u{1B}[K\(text)" : text + "\n")
  }

  /// Ends the line.
  func end() { if isTerminal, lastPrinted != nil { write("\n") } }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

  private static func number(_ value: Double) -> String {
    value >= 100 ? String(Int(value)) : String(format: "%.1f", value)
  }

  private static func time(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    return whole >= 3600
      ? String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
      : String(format: "%d:%02d", whole / 60, whole % 60)
  }
}
