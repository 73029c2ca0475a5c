import Formats

/// Student's t distribution.
package struct StudentT: Sendable, Hashable {
  package let degreesOfFreedom: Double

  /// - Parameter degreesOfFreedom: above 0; need not be whole.
  package init(degreesOfFreedom: Double) {
    precondition(degreesOfFreedom > 0, "\(degreesOfFreedom) degrees of freedom")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// The probability of a value at least as far from 0 as `t`.
  package func twoSidedP(_ t: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? .nan : 0 }
    let share = degreesOfFreedom / (degreesOfFreedom + t * t)
    return incompleteBeta(share, degreesOfFreedom / 2, 0.5)
  }

  /// The value that a share of `probability` lies below.
  /// - Parameter probability: above 0 and below 1.
  package func quantile(_ probability: Double) -> Double {
    precondition(probability > 0 && probability < 1, "no quantile of \(probability)")
    if probability < 0.5 { return -quantile(1 - probability) }
    let outside = 2 * (1 - probability)
    var (lower, upper) = (0.0, 1.0)
    while twoSidedP(upper) > outside { upper *= 2 }
    // Until the two are neighbours.
    while true {
      let middle = lower + (upper - lower) / 2
      if middle <= lower || middle >= upper { return middle }
      if twoSidedP(middle) > outside { lower = middle } else { upper = middle }
    }
  }
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction.
///
/// DLMF 8.17.22, https://dlmf.nist.gov/8.17#v, evaluated by Lentz's method.
private func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  if x <= 0 { return 0 }
  if x >= 1 { return 1 }
  // The fraction converges quickly below the mean only.
  if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
  let logFront =
    a * PortableMath.log(x) + b * PortableMath.log1p(-x) + PortableMath.logGamma(a + b)
    - PortableMath.logGamma(a) - PortableMath.logGamma(b)
  let front = PortableMath.exp(logFront) / a
  let tiny = 1e-300
  var (fraction, numerator, denominator) = (1.0, 1.0, 0.0)
  for step in 0..<10_000 {
    let m = Double(step / 2)
    let term: Double
    if step == 0 {
      term = 1
    } else if step % 2 == 0 {
      term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    } else {
      term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    }
    denominator = 1 + term * denominator
    denominator = 1 / (abs(denominator) < tiny ? tiny : denominator)
    numerator = 1 + term / numerator
    numerator = abs(numerator) < tiny ? tiny : numerator
    let factor = numerator * denominator
    fraction *= factor
    if step > 0, abs(factor - 1) < 1e-16 { break }
  }
  return front * (fraction - 1)
}
