import CKernels

/// Elementwise arithmetic of merging; all buffers of a call have the same length.
package enum MergingKernels {
  package typealias Floats = UnsafeMutableBufferPointer<Float>
  package typealias Doubles = UnsafeMutableBufferPointer<Double>

  /// `sum += x`.
  package static func add(_ x: Floats, to sum: Doubles) {
    check(x.count, sum.count)
    guard let from = x.baseAddress, let to = sum.baseAddress else { return }
    sk_addTo(to, from, Int64(x.count))
  }

  /// `sum +=` +1, −1 or 0, the sign of `x`.
  package static func addSigns(of x: Floats, to sum: Doubles) {
    check(x.count, sum.count)
    guard let from = x.baseAddress, let to = sum.baseAddress else { return }
    sk_addSignsTo(to, from, Int64(x.count))
  }

  /// How many more elements are above zero than below.
  package static func excessOfPositives(_ x: Doubles) -> Int {
    x.baseAddress.map { Int(sk_excessOfPositives($0, Int64(x.count))) } ?? 0
  }

  /// Where `x` has the sign of `elected`: `sums += factor · x`, `shares += share`.
  package static func addAgreeing(
    _ x: Floats, elected: Doubles, factor: Double, to sums: Doubles, share: Double,
    to shares: Doubles
  ) {
    check(x.count, elected.count)
    check(x.count, sums.count)
    check(x.count, shares.count)
    guard let from = x.baseAddress, let elected = elected.baseAddress,
      let sums = sums.baseAddress, let shares = shares.baseAddress
    else { return }
    sk_addAgreeingTo(sums, shares, from, elected, factor, share, Int64(x.count))
  }

  /// `x` becomes its sign, ±1, or `zero` where it has none.
  package static func signs(_ x: Doubles, zero: Double) {
    guard let start = x.baseAddress else { return }
    sk_signs(start, zero, Int64(x.count))
  }

  /// `out = scale · x / divisor`, undivided where the divisor is 0.
  package static func scaledQuotient(
    _ x: Doubles, divisors: Doubles, scale: Double, into out: Floats
  ) {
    check(x.count, divisors.count)
    check(x.count, out.count)
    guard let from = x.baseAddress, let divisors = divisors.baseAddress, let to = out.baseAddress
    else { return }
    sk_scaledQuotient(to, from, divisors, scale, Int64(x.count))
  }

  /// How many |`x`| are `magnitude`.
  package static func count(_ x: UnsafeBufferPointer<Float>, ofMagnitude magnitude: Float) -> Int {
    x.baseAddress.map { Int(sk_countOfMagnitude($0, magnitude, Int64(x.count))) } ?? 0
  }

  /// `x = 0` where |`x`| is below `magnitude`.
  package static func zero(_ x: Floats, below magnitude: Float) {
    guard let start = x.baseAddress else { return }
    sk_zeroBelow(start, magnitude, Int64(x.count))
  }

  /// Whether all elements are finite.
  package static func allFinite(_ x: UnsafeBufferPointer<Float>) -> Bool {
    guard let start = x.baseAddress else { return true }
    return sk_largestMagnitudeBits(start, Int64(x.count)) < Float.infinity.bitPattern
  }

  private static func check(_ count: Int, _ other: Int) {
    precondition(count == other, "\(count) and \(other) elements")
  }
}
