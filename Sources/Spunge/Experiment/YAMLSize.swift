import Yams

extension Node {
  /// Maximum number of values in a settings file with aliases expanded: a few lines of them can expand to billions.
  static let mostValues = 100_000

  /// Whether there are more.
  var isOversized: Bool {
    var left = Self.mostValues
    return !count(downFrom: &left)
  }

  /// - Returns: whether the count has not run out.
  private func count(downFrom left: inout Int) -> Bool {
    left -= 1
    guard left >= 0 else { return false }
    switch self {
    case .scalar, .alias: return true
    case .sequence(let items): return items.allSatisfy { $0.count(downFrom: &left) }
    case .mapping(let members):
      return members.allSatisfy { $0.count(downFrom: &left) && $1.count(downFrom: &left) }
    }
  }
}
