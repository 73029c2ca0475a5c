import Formats
import Foundation

/// The U test of two samples (Mann & Whitney 1947, https://doi.org/10.1214/aoms/1177730491), two-sided,
/// as scipy's `mannwhitneyu` has it by default.
struct MannWhitney {
  /// U of the first sample: pairs in which it is larger, ties half.
  let u: Double
  let pValue: Double

  /// - Parameters: two samples, neither empty, all numbers finite.
  init(_ first: [Double], _ second: [Double]) {
    precondition(!first.isEmpty && !second.isEmpty, "a sample is empty")
    let (ranks, ties) = Self.ranks(first + second)
    let (n, m) = (Double(first.count), Double(second.count))
    u = Self.u(ranks, count: first.count)
    let larger = max(u, n * m - u)
    if ties.isEmpty, min(first.count, second.count) <= 8 {
      pValue = Self.exact(larger, first.count, second.count)
      return
    }
    let all = n + m
    let tied = ties.reduce(0) { $0 + ($1 * $1 * $1 - $1) }
    let deviation = (n * m / 12 * (all + 1 - tied / (all * (all - 1)))).squareRoot()
    guard deviation > 0 else {
      pValue = 1
      return
    }
    // Half a step is taken off because U moves in steps.
    let z = (larger - n * m / 2 - 0.5) / deviation
    pValue = min(1, max(0, PortableMath.erfc(z / 2.0.squareRoot())))
  }

  /// Pairs in which the first sample's value is larger, ties half.
  static func u(_ first: [Double], _ second: [Double]) -> Double {
    u(ranks(first + second).ranks, count: first.count)
  }

  /// - Parameters:
  ///   - ranks: of the first sample's values, then the second's.
  ///   - count: of the first sample.
  private static func u(_ ranks: [Double], count: Int) -> Double {
    ranks[..<count].reduce(0, +) - Double(count) * Double(count + 1) / 2
  }

  /// Ranks from 1, ties averaged, and the sizes of groups of ties.
  private static func ranks(_ values: [Double]) -> (ranks: [Double], ties: [Double]) {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var ties: [Double] = []
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for position in order[start..<end] { ranks[position] = Double(start + end + 1) / 2 }
      if end - start > 1 { ties.append(Double(end - start)) }
      start = end
    }
    return (ranks, ties)
  }

  /// Twice the share of arrangements whose U is at least `u`.
  ///
  /// Their numbers are the coefficients of the Gaussian binomial ∏ᵢ (1 − q^(m+i)) / (1 − q^i), i = 1…n.
  private static func exact(_ u: Double, _ first: Int, _ second: Int) -> Double {
    let (n, m) = (min(first, second), max(first, second))
    var counts = [Double](repeating: 0, count: n * m + 1)
    counts[0] = 1
    for i in 1...n {
      for power in stride(from: counts.count - 1, through: m + i, by: -1) {
        counts[power] -= counts[power - m - i]
      }
      for power in stride(from: i, to: counts.count, by: 1) { counts[power] += counts[power - i] }
    }
    let total = counts.reduce(0, +)
    return min(1, 2 * counts[Int(u)...].reduce(0, +) / total)
  }
}
