import Foundation

/// How much a score may differ from its baseline.
package struct Tolerance: Sendable, Hashable, Codable {
  package enum Kind: String, Sendable, Codable {
    /// |score − baseline| ≤ value.
    case absolute
    /// |score − baseline| ≤ value · |baseline|.
    case relative
    /// Not significantly worse: p ≥ value after Holm's correction over all such rows.
    case notSignificantlyWorse = "not_significantly_worse"
  }

  package var kind: Kind
  package var value: Double
  /// Whether only worse scores fail; always the case for `notSignificantlyWorse`.
  package var onlyWorse: Bool

  /// Equal except for the last bits, which may depend on the machine.
  package static let exact = Tolerance(kind: .absolute, value: 1e-9, onlyWorse: false)

  package init(kind: Kind, value: Double, onlyWorse: Bool) {
    self.kind = kind
    self.value = value
    self.onlyWorse = onlyWorse || kind == .notSignificantlyWorse
  }

  /// `0.01`, `5%`, `worse:0.01`, `worse:5%` or `p<0.05`; `nil` for anything else.
  package init?(_ text: String) {
    var rest = text.filter { $0 != " " }
    if rest.hasPrefix("p<") {
      guard let value = Double(rest.dropFirst(2)), value > 0, value < 1 else { return nil }
      self.init(kind: .notSignificantlyWorse, value: value, onlyWorse: true)
      return
    }
    let onlyWorse = rest.hasPrefix("worse:")
    if onlyWorse { rest.removeFirst("worse:".count) }
    let isRelative = rest.hasSuffix("%")
    if isRelative { rest.removeLast() }
    guard let value = Double(rest), value >= 0, value.isFinite else { return nil }
    self.init(
      kind: isRelative ? .relative : .absolute, value: isRelative ? value / 100 : value,
      onlyWorse: onlyWorse)
  }

  package var description: String {
    let prefix = onlyWorse && kind != .notSignificantlyWorse ? "worse by at most " : "within "
    return switch kind {
    case .absolute: prefix + CellNumber.short(value)
    case .relative: prefix + CellNumber.short(100 * value) + " %"
    case .notSignificantlyWorse: "not worse at p < " + CellNumber.short(value)
    }
  }
}

/// A tolerance and the rows that it applies to.
package struct ToleranceRule: Sendable, Hashable, Codable {
  /// Patterns for task and metric with `*` as a wildcard.
  package var task: String
  package var metric: String
  package var tolerance: Tolerance

  package init(task: String = "*", metric: String = "*", tolerance: Tolerance) {
    self.task = task
    self.metric = metric
    self.tolerance = tolerance
  }

  /// `acc=0.01`, `arc_*/acc=5%`, `*=p<0.05`; `nil` for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, let tolerance = Tolerance(parts[1]) else { return nil }
    let names = parts[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard names.count <= 2, names.allSatisfy({ !$0.isEmpty }), let metric = names.last else {
      return nil
    }
    self.init(task: names.count == 2 ? names[0] : "*", metric: metric, tolerance: tolerance)
  }

  package func covers(task: String, metric: String) -> Bool {
    Self.matches(task, self.task) && Self.matches(metric, self.metric)
  }

  /// Whether `text` matches `pattern`, in which `*` is a wildcard.
  static func matches(_ text: String, _ pattern: String) -> Bool {
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard pieces.count > 1, let first = pieces.first, let last = pieces.last else {
      return text == pattern
    }
    guard text.hasPrefix(first), text.hasSuffix(last), text.count >= first.count + last.count
    else { return false }
    var rest = text.dropFirst(first.count).dropLast(last.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let found = rest.firstRange(of: piece) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}
