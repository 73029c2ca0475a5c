import Formats

/// Whether differences of pairs are 0 on average, from what their signs could have been.
package enum SignFlipTest {
  /// All combinations of signs are gone through up to here.
  private static let mostForExact = 24

  /// The share of all 2ⁿ choices of signs whose sum is at least as far from 0 as the observed one; exact.
  ///
  /// With n differences no p-value is below 2 / 2ⁿ. Beyond 24 differences the sum is taken as normal.
  ///
  /// Fisher 1935, The Design of Experiments, section 21.
  package static func pValue(_ differences: [Double]) -> Double {
    let sizes = differences.map(abs)
    let observed = abs(differences.reduce(0, +))
    guard differences.count <= mostForExact else {
      let deviation = sizes.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return deviation == 0 ? 1 : PortableMath.erfc(observed / deviation / 2.0.squareRoot())
    }
    // Sums that are equal but for rounding count as equal.
    let threshold = observed - 1e-12 * sizes.reduce(0, +)
    var sum = sizes.reduce(0, -)
    var extreme = abs(sum) >= threshold ? 1 : 0
    // Gray code: each choice differs from the one before it in one sign.
    var isPositive = Array(repeating: false, count: sizes.count)
    for choice in 1..<(1 << sizes.count) {
      let place = choice.trailingZeroBitCount
      sum += isPositive[place] ? -2 * sizes[place] : 2 * sizes[place]
      isPositive[place].toggle()
      if abs(sum) >= threshold { extreme += 1 }
    }
    return Double(extreme) / Double(1 << sizes.count)
  }
}
