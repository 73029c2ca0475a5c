/// The interval of a share that holds near 0 and 1 too.
///
/// Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953
enum WilsonInterval {
  /// 97.5 % quantile of the normal distribution.
  private static let z = 1.959963984540054

  /// At 95 %.
  /// - Parameters:
  ///   - share: in 0…1.
  ///   - count: number of independent trials, above 0.
  static func of(_ share: Double, count: Int) -> ClosedRange<Double> {
    precondition(count > 0 && (0...1).contains(share), "no interval of \(share) of \(count)")
    let n = Double(count)
    let spread = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    let (center, scale) = (share + z * z / (2 * n), 1 + z * z / n)
    // Rounding must not lead outside.
    return max(0, (center - spread) / scale)...min(1, (center + spread) / scale)
  }
}
