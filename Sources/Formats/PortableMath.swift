import CKernels

/// Elementary functions whose bits do not depend on the C library or the processor, as libm's do.
///
/// Errors are below 2 units in the last place (`acos`, `asin`: 1e-15 absolute).
package enum PortableMath {
  package static func exp(_ x: Double) -> Double { sk_exp64(x) }
  package static func log(_ x: Double) -> Double { sk_log64(x) }
  /// `log(1 + x)`.
  package static func log1p(_ x: Double) -> Double { sk_log1p64(x) }
  package static func sin(_ x: Double) -> Double { sk_sin64(x) }
  package static func cos(_ x: Double) -> Double { sk_cos64(x) }
  package static func tanh(_ x: Double) -> Double { sk_tanh64(x) }
  package static func acos(_ x: Double) -> Double { sk_acos64(x) }
  package static func asin(_ x: Double) -> Double { sk_asin64(x) }
  /// `base` to the power of any exponent, for a positive base.
  package static func power(_ base: Double, _ exponent: Double) -> Double {
    sk_exp64(exponent * sk_log64(base))
  }

  /// The complementary error function; relative error below 1e-13 where the result is above 1e-300.
  package static func erfc(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x < 0 { return 2 - erfc(-x) }
    if x > 27 { return 0 }
    let square = x * x
    if x < 2 {
      // erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!: all terms are positive.
      var (term, sum) = (x, x)
      var n = 1.0
      while term > sum * 1e-17 {
        term *= 2 * square / (2 * n + 1)
        sum += term
        n += 1
      }
      return 1 - 2 / Double.pi.squareRoot() * exp(-square) * sum
    }
    // erfc(x) = e^(−x²)/√π / (x + ½/(x + 1/(x + 3⁄2/(x + 2/(x + …)))))
    var fraction = x
    for n in stride(from: 120, through: 1, by: -1) { fraction = x + Double(n) / 2 / fraction }
    return exp(-square) / Double.pi.squareRoot() / fraction
  }

  /// `log n!`.
  /// - Parameter n: 0 or more.
  package static func logFactorial(_ n: Int) -> Double { logGamma(Double(n) + 1) }

  /// The logarithm of the gamma function; error below 1e-13 of it, or absolute where it is below 1.
  /// - Parameter x: above 0.
  package static func logGamma(_ x: Double) -> Double {
    if x == 1 || x == 2 { return 0 }
    // Γ(x) = Γ(x + n) / (x (x + 1) … (x + n − 1)), until Stirling's series is exact enough.
    var (shifted, product) = (x, 1.0)
    while shifted < 20 {
      product *= shifted
      shifted += 1
    }
    let (inverse, square) = (1 / shifted, 1 / (shifted * shifted))
    let rest = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)))
    return (shifted - 0.5) * log(shifted) - shifted + 0.5 * log(2 * Double.pi) + rest - log(product)
  }
}
