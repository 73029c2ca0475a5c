import Yams

extension Node {
  /// Most values that a file of settings may hold, aliases followed: a few lines of them can stand for billions.
  static let mostValues = 100_000

  /// Whether it holds more.
  var isOversized: Bool {
    var left = Self.mostValues
    return !count(downFrom: &left)
  }

  /// - Returns: whether something is left.
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
