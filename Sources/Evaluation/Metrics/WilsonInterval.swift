/// Wilson's score interval of a share, which keeps to 0…1 and holds for few documents and for none
/// or all.
///
/// Wilson 1927, "Probable inference, the law of succession, and statistical inference",
/// https://doi.org/10.1080/01621459.1927.10502953
/// - Parameters:
///   - share: of the documents that have the property.
///   - count: documents; fewer than there are where not all are independent.
///   - z: normal quantile; 1.96 of a 95 % interval by default.
package func wilsonInterval(
  share: Double, of count: Int, z: Double = 1.959963984540054
) -> ClosedRange<Double> {
  precondition(count > 0 && (0...1).contains(share), "\(share) of \(count) documents")
  let n = Double(count)
  let center = (share + z * z / (2 * n)) / (1 + z * z / n)
  let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
  // Rounding may leave the ends of none and all a hair beside 0 and 1.
  let low = share == 0 ? 0 : max(0, center - half)
  let high = share == 1 ? 1 : min(1, center + half)
  return low...high
}
