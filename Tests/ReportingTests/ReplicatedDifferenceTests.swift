import Foundation
import TestSupport
import Testing

@testable import Reporting

@Suite struct ReplicatedDifferenceTests {
  /// SciPy's `2 * t.sf(abs(t), df)`.
  @Test(arguments: [
    (0.5, 1, 0.7048327646991335), (2, 2, 0.18350341907227397), (4.303, 2, 0.0499925249852145),
    (12.7, 1, 0.050024327689344165), (2.5706, 5, 0.04999889788007795),
    (-1.3, 11, 0.22018126269984184), (30, 2, 0.001109262681959659),
    (1e-3, 7, 0.9992300172449988), (3.1, 2.5, 0.06778837832492031), (0, 3, 1),
  ])
  func tails(t: Double, degreesOfFreedom: Double, expected: Double) {
    let p = StudentT(degreesOfFreedom: degreesOfFreedom).twoSidedP(t)
    expectClose(p, expected, absolute: 0, relative: 1e-10)
  }

  /// SciPy's `t.ppf`.
  @Test(arguments: [
    (0.975, 1, 12.706204736174694), (0.975, 2, 4.302652729749462), (0.975, 5, 2.5705818356363146),
    (0.8, 2, 1.0606601717798214), (0.8, 11, 0.8755299780738819),
    (0.025, 11, -2.2009851600916392), (0.9995, 3, 12.923978636687961),
    (0.6, 2.5, 0.2814595127485477), (0.5, 4, 0),
  ])
  func quantiles(probability: Double, degreesOfFreedom: Double, expected: Double) {
    let value = StudentT(degreesOfFreedom: degreesOfFreedom).quantile(probability)
    expectClose(value, expected, absolute: 1e-12, relative: 1e-10)
  }

  /// SciPy's `permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf)`.
  @Test(
    arguments: [
      ([-0.2, -0.31, -0.15], 0.25), ([0.02, -0.05, 0.01, -0.2, -0.11, -0.08], 0.125),
      // 0.1 six times: sums that differ by rounding count as equal.
      (Array(repeating: 0.1, count: 6), 0.03125), ([0, 0, 0], 1), ([0.3], 1),
      (
        [-0.3, 0.12, 0.05, -0.22, 0.4, -0.01, 0.17, -0.09, -0.15, 0.21, -0.33, -0.02],
        0.83447265625
      ),
    ] as [([Double], Double)])
  func signFlips(differences: [Double], expected: Double) {
    expectClose(SignFlipTest.pValue(differences), expected, absolute: 1e-12)
  }

  /// The normal limit beyond what is gone through, against the exact value of one difference fewer.
  @Test func manyDifferencesAreTakenAsNormal() {
    let differences = (0..<25).map { sin(Double($0) * 1.7) * 0.1 + 0.02 }
    let exact = SignFlipTest.pValue(Array(differences.prefix(18)))
    #expect((0...1).contains(exact))
    // SciPy's 2 * norm.sf(abs(d.sum()) / np.sqrt((d ** 2).sum())).
    let sum = abs(differences.reduce(0, +))
    let deviation = differences.reduce(0) { $0 + $1 * $1 }.squareRoot()
    expectClose(
      SignFlipTest.pValue(differences), erfc(sum / deviation / 2.0.squareRoot()), absolute: 1e-15)
    #expect(SignFlipTest.pValue(Array(repeating: 0, count: 30)) == 1)
  }

  /// Differences of prompts as (−1, 0, 1) of three base models.
  private static let counts = [(60, 210, 10), (30, 230, 20), (90, 170, 20)]

  private static let replicates = counts.map { lost, same, gained in
    let total = Double(lost + same + gained)
    let mean = Double(gained - lost) / total
    return ReplicatedDifference.Replicate(
      difference: mean, variance: (Double(gained + lost) / total - mean * mean) / total)
  }

  /// NumPy: 200,000 hierarchical bootstraps (three base models with replacement, 280 prompts of each with
  /// replacement) have the standard deviation 0.054153, times √(3/2) for the bias of three; SciPy's t for the rest.
  @Test func fewBaseModelsAreStudents() throws {
    let found = try #require(ReplicatedDifference(Self.replicates))
    expectClose(found.mean, -0.15476190476190477, absolute: 1e-15)
    let error = try #require(found.standardError)
    expectClose(error, 0.06632312099707038, absolute: 0, relative: 1e-3)
    expectClose(error, 0.06633443394391926, absolute: 1e-14)
    let interval = try #require(found.interval)
    expectClose(interval.lowerBound, -0.4401759380470943, absolute: 1e-12)
    expectClose(interval.upperBound, 0.13065212852328478, absolute: 1e-12)
    #expect(found.test == .studentT)
    expectClose(try #require(found.pValue), 0.14484126653305365, absolute: 1e-12)
    expectClose(try #require(found.detectable), 0.3557723253870642, absolute: 1e-12)
  }

  /// Without a variance over prompts it is SciPy's `ttest_1samp`.
  @Test func withoutPromptsItIsTheTTest() throws {
    let found = try #require(
      ReplicatedDifference(
        Self.replicates.map { .init(difference: $0.difference, variance: 0) }))
    expectClose(try #require(found.pValue), 0.13333333333333336, absolute: 1e-12)
    expectClose(try #require(found.interval?.lowerBound), -0.4258035500188162, absolute: 1e-12)
    expectClose(try #require(found.interval?.upperBound), 0.11627974049500667, absolute: 1e-12)
  }

  @Test func sixBaseModelsHaveTheExactTest() throws {
    let six = (Self.replicates + Self.replicates)
    #expect(ReplicatedDifference(Array(six.prefix(5)))?.test == .studentT)
    let found = try #require(ReplicatedDifference(six))
    #expect(found.test == .signFlip && found.pValue == 2.0 / 64)
    #expect(try #require(found.interval).upperBound < 0)
  }

  @Test func oneBaseModelSaysNothingAboutOthers() throws {
    #expect(ReplicatedDifference([]) == nil)
    let one = try #require(ReplicatedDifference([Self.replicates[0]]))
    expectClose(one.mean, -50.0 / 280, absolute: 1e-15)
    #expect(one.standardError == nil && one.interval == nil && one.pValue == nil)
    #expect(one.detectable == nil && one.test == nil)
    let alike = try #require(
      ReplicatedDifference(Array(repeating: .init(difference: 0, variance: 0), count: 3)))
    #expect(alike.pValue == 1 && alike.interval == 0...0)
  }
}
