import Formats

/// The two-sided test of two samples for one distribution, as scipy's `ks_2samp` has it.
///
/// The p-value is exact while it can be counted. Hodges 1958, "The significance probability of the Smirnov
/// two-sample test", https://doi.org/10.1007/BF02589501
package struct KolmogorovSmirnov: Sendable, Hashable {
  /// Largest distance between the two samples' distribution functions, 0…1.
  package let distance: Double
  /// 0 where it is too small for the format.
  package let pValue: Double
  /// The p-value's logarithm to base 10, which does not underflow.
  package let log10PValue: Double
  /// Whether the p-value is counted, not approached by the limit for large samples.
  package let isExact: Bool

  /// Products of unequal sizes above which paths are not counted.
  private static let mostCells = 400_000_000

  /// - Parameters: two samples, neither empty, no NaN.
  package init(_ first: [Double], _ second: [Double]) {
    precondition(!first.isEmpty && !second.isEmpty, "a sample is empty")
    let (n, m) = (first.count, second.count)
    let steps = Self.steps(first.sorted(), second.sorted())
    distance = Double(steps) / (Double(n) * Double(m))
    var logarithm = 0.0
    if steps == 0 {
      isExact = true
    } else if n == m {
      isExact = true
      logarithm = Self.equalSizes(n, distance: steps / n)
    } else if n <= Self.mostCells / m {
      isExact = true
      logarithm = LatticePaths(n, m, steps: steps).logShareOutside
    } else {
      isExact = false
      let scale = (Double(n) * Double(m) / Double(n + m)).squareRoot()
      logarithm = Self.limit(distance * scale)
    }
    logarithm = min(0, logarithm)
    pValue = PortableMath.exp(logarithm)
    log10PValue = logarithm / PortableMath.log(10)
  }

  /// The largest distance in steps of 1/(n·m): |i·m − j·n| over values that i and j of the samples do not exceed.
  private static func steps(_ first: [Double], _ second: [Double]) -> Int {
    var (i, j, largest) = (0, 0, 0)
    while i < first.count, j < second.count {
      let value = min(first[i], second[j])
      while i < first.count, first[i] <= value { i += 1 }
      while j < second.count, second[j] <= value { j += 1 }
      largest = max(largest, abs(i * second.count - j * first.count))
    }
    return largest
  }

  /// log 2·A₀·(1 − A₁·(1 − A₂·…)), Aₖ = ∏ (n − kh − j) / (n + kh + j + 1) over j = 0 … h − 1: paths that leave
  /// the band, counted by reflection.
  ///
  /// - Parameter h: the distance in steps of 1/n, at least 1.
  private static func equalSizes(_ n: Int, distance h: Int) -> Double {
    func factors(_ k: Int) -> [Double] {
      (0..<h).map { Double(n - k * h - $0) / Double(n + k * h + $0 + 1) }
    }
    var rest = 0.0
    for k in stride(from: n / h, to: 0, by: -1) {
      rest = factors(k).reduce(1, *) * (1 - rest)
    }
    return logProduct(factors(0) + [2, 1 - rest])
  }

  /// The logarithm of a product that may be too small for the format.
  private static func logProduct(_ factors: [Double]) -> Double {
    var (product, exponent) = (1.0, 0)
    for factor in factors {
      product *= factor
      if product < 0x1p-500 {
        exponent -= 500
        product *= 0x1p500
      }
    }
    return PortableMath.log(product) + Double(exponent) * PortableMath.log(2)
  }

  /// log 2·Σ (−1)^(k−1)·exp(−2·k²·x²), k = 1, 2, …, the limit for large samples.
  ///
  /// Smirnov 1948, https://doi.org/10.1214/aoms/1177730256
  private static func limit(_ x: Double) -> Double {
    // Below this the share differs from 1 by less than the format can say.
    guard x > 0.15 else { return 0 }
    // The first term in front, so that the sum does not underflow.
    var sum = 0.0
    for k in (2...40).reversed() {
      let term = PortableMath.exp(-2 * Double(k * k - 1) * x * x)
      sum += k % 2 == 0 ? -term : term
    }
    return PortableMath.log(2) - 2 * x * x + PortableMath.log1p(sum)
  }
}
