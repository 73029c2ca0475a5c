import Foundation

/// A difference between two variants that was measured on several base models: they are the sample, so that what is
/// said holds for base models made in the same way, not only for these.
///
/// - Standard error: that of the hierarchical bootstrap (base models drawn with replacement, then prompts of each), in
///   closed form and without its bias: s²/n + Σv/(n(n−1)), where s² is the variance of the n base models' differences
///   and v that of a base model's difference over its prompts. Since the base models' differences vary with their
///   prompts anyway, it errs to the safe side. Davison & Hinkley 1997, Bootstrap Methods and their Application, 3.8.
/// - Interval and p-value: Student's t with n − 1 degrees of freedom; from `fewestForExactTest` base models on the
///   p-value is the exact sign-flip test's.
package struct ReplicatedDifference: Sendable, Hashable {
  package enum Test: String, Sendable, Codable {
    case studentT = "student_t"
    case signFlip = "sign_flip"
  }

  /// One base model.
  package struct Replicate: Sendable, Hashable {
    /// Variant − baseline, mean over prompts.
    package let difference: Double
    /// Variance of that mean when prompts are drawn anew.
    package let variance: Double

    package init(difference: Double, variance: Double) {
      self.difference = difference
      self.variance = variance
    }
  }

  /// With fewer base models no p-value of a sign-flip test is below 0.05: 2 / 2⁵ = 0.0625.
  package static let fewestForExactTest = 6
  /// Share of true differences of the size `detectable` that a test at 0.05 finds.
  package static let power = 0.8

  package let replicates: [Replicate]
  package let mean: Double
  /// `nil` for one base model, which says nothing about others.
  package let standardError: Double?
  /// At 95 %.
  package let interval: ClosedRange<Double>?
  /// Two-sided.
  package let pValue: Double?
  package let test: Test?
  /// The smallest true difference that these many base models, differing as much as these do, would mostly have
  /// shown: (t₀.₉₇₅ + t₀.₈) standard errors. Bloom 1995, https://doi.org/10.1177/0193841X9501900504
  package let detectable: Double?

  /// - Returns: `nil` where there is no base model.
  package init?(_ replicates: [Replicate]) {
    guard !replicates.isEmpty else { return nil }
    self.replicates = replicates
    let count = Double(replicates.count)
    let differences = replicates.map(\.difference)
    let mean = differences.reduce(0, +) / count
    self.mean = mean
    guard replicates.count > 1 else {
      (standardError, interval, pValue, test, detectable) = (nil, nil, nil, nil, nil)
      return
    }
    let between = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let within = replicates.reduce(0) { $0 + $1.variance }
    let error = (between / count + within / (count * (count - 1))).squareRoot()
    let distribution = StudentT(degreesOfFreedom: count - 1)
    let reach = distribution.quantile(0.975) * error
    standardError = error
    interval = (mean - reach)...(mean + reach)
    detectable = reach + distribution.quantile(Self.power) * error
    if replicates.count >= Self.fewestForExactTest {
      (test, pValue) = (.signFlip, SignFlipTest.pValue(differences))
    } else {
      test = .studentT
      pValue = error == 0 ? (mean == 0 ? 1 : 0) : distribution.twoSidedP(mean / error)
    }
  }
}
