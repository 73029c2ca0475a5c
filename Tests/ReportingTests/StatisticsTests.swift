import Foundation
import TestSupport
import Testing

@testable import Reporting

@Suite struct StatisticsTests {
  /// SciPy's `binomtest(min(b, c), b + c)`.
  @Test(arguments: [
    (3, 12, 0.03515625), (12, 3, 0.03515625), (0, 0, 1), (5, 5, 1), (0, 10, 0.001953125),
    (40, 70, 0.005447429511444476), (700, 900, 6.319484959450105e-07),
  ])
  func mcnemarIsExact(gained: Int, lost: Int, expected: Double) {
    expectClose(mcnemar(gained: gained, lost: lost), expected, absolute: 0, relative: 1e-9)
  }

  /// SciPy's `2 * (binom.cdf(k, n, 0.5) - binom.pmf(k, n, 0.5) / 2)`, at most 1.
  @Test(arguments: [
    (3, 12, 0.02127075195312501), (12, 3, 0.02127075195312501), (0, 0, 1), (5, 5, 1),
    (0, 10, 0.000976562500000001), (40, 70, 0.004195534185394846),
    (700, 900, 5.594509727662507e-07),
  ])
  func midPCountsTheObservedTableHalf(gained: Int, lost: Int, expected: Double) {
    expectClose(mcnemarMidP(gained: gained, lost: lost), expected, absolute: 0, relative: 1e-8)
  }

  /// SciPy's `bootstrap(method="percentile")` and `standard_error` over 100,000 resamples of the
  /// difference of two word perplexities.
  @Test func ratiosAreResampledByDocument() throws {
    let first = [-31.2, -54.0, -12.5, -88.1, -40.3, -61.7, -23.9, -47.2]
    let second = [-33.0, -56.5, -12.4, -93.0, -42.8, -62.0, -25.3, -50.1]
    let words = [10.0, 18, 5, 27, 14, 19, 8, 15]
    func perplexity(_ values: [Double]) -> ([Int]) -> Double {
      { drawn in
        let sums = drawn.reduce((0.0, 0.0)) { ($0.0 + values[$1], $0.1 + words[$1]) }
        return exp(-sums.0 / sums.1)
      }
    }
    let result = try #require(
      PairedComparison(
        baseline: perplexity(first), variant: perplexity(second), documents: 8, seed: 1,
        resamples: 100_000))
    expectClose(result.difference, 3.306951179696412, absolute: 1e-9)
    expectClose(try #require(result.standardError), 0.6730580147411864, absolute: 0.01)
    expectClose(result.interval.lowerBound, 1.8911027606672022, absolute: 0.02)
    expectClose(result.interval.upperBound, 4.501459055565871, absolute: 0.02)
    // No resample has another sign.
    expectClose(result.pValue, 2 / 100_001, absolute: 1e-12)
    #expect(result.test == .pairedBootstrap)
    let same = try #require(
      PairedComparison(
        baseline: perplexity(first), variant: perplexity(first), documents: 8, seed: 1))
    #expect(same.pValue == 1)
    #expect(
      PairedComparison(baseline: { _ in .nan }, variant: { _ in 1 }, documents: 8, seed: 1) == nil)
  }

  @Test func effectSizes() throws {
    // statsmodels' proportion_effectsize(0.27, 0.43) and (1, 0).
    let effect = try #require(EffectSize.cohensH(from: 0.43, to: 0.27))
    expectClose(effect, -0.3375337838090964, absolute: 1e-12)
    let whole = try #require(EffectSize.cohensH(from: 0, to: 1))
    expectClose(whole, .pi, absolute: 1e-12)
    #expect(EffectSize.cohensH(from: 1.5, to: 0) == nil)
    let change = try #require(EffectSize.relativeChange(from: 31.26, to: 27.57))
    expectClose(change, -0.11804, absolute: 1e-5)
    #expect(EffectSize.relativeChange(from: 0, to: 1) == nil)
    // SciPy's 2 * norm.sf(0.05 / hypot(0.02, 0.015)).
    expectClose(
      unpairedP(difference: -0.05, standardErrors: (0.02, 0.015)), 0.04550026389635839,
      absolute: 1e-12)
  }

  @Test func holmStepsDown() {
    // 4 · 0.005, 3 · 0.01, 2 · 0.03, and 0.04 raised to the one before it.
    let adjusted = holm([0.01, 0.04, 0.03, 0.005])
    for (value, expected) in zip(adjusted, [0.03, 0.06, 0.06, 0.02]) {
      expectClose(value, expected, absolute: 1e-15)
    }
    // statsmodels' multipletests(method="holm").
    let tied = holm([0.01, 0.04, 0.03, 0.005, 0.2, 0.2])
    for (value, expected) in zip(tied, [0.05, 0.12, 0.12, 0.03, 0.4, 0.4]) {
      expectClose(value, expected, absolute: 1e-15)
    }
    #expect(holm([0.9, 0.8]) == [1, 1])
    #expect(holm([]).isEmpty)
  }

  @Test func fractionalMetricsUseTheMean() throws {
    let pairs = zip([0.1, 0.5, 0.35, 0.8, 0.2, 0.6], [0.3, 0.4, 0.65, 0.9, 0.25, 0.7])
    let result = try #require(PairedComparison(pairs.map { ($0, $1) }, seed: 1))
    #expect(result.test == .pairedZ)
    expectClose(result.difference, 0.10833333333333334, absolute: 1e-12)
    expectClose(try #require(result.standardError), 0.05540256712864888, absolute: 1e-12)
    expectClose(result.pValue, 0.05053767801238589, absolute: 1e-12)
  }

  @Test func binaryMetricsUseMcNemar() throws {
    let baseline: [Double] = [1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1]
    let variant: [Double] = [0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0]
    let pairs = zip(baseline, variant).map { ($0, $1) }
    let result = try #require(PairedComparison(pairs, seed: 1, resamples: 20_000))
    #expect(result.test == .mcnemar)
    #expect(result.documents == 20)
    // One gained, seven lost: 2 · (1 + 8) / 2⁸.
    expectClose(result.pValue, 0.0703125, absolute: 1e-12)
    expectClose(result.difference, -0.3, absolute: 1e-12)
    expectClose(try #require(result.standardError), 0.12773327473170104, absolute: 1e-12)
    // SciPy's percentile bootstrap gives −0.55 … −0.05; the grid of means is 0.05 wide.
    expectClose(result.interval.lowerBound, -0.55, absolute: 0.051)
    expectClose(result.interval.upperBound, -0.05, absolute: 0.051)
    #expect(result == PairedComparison(pairs, seed: 1, resamples: 20_000))
  }

  @Test func fewDocumentsGiveNoCertainty() throws {
    #expect(PairedComparison([], seed: 1) == nil)
    let one = try #require(PairedComparison([(0.2, 0.9)], seed: 1))
    #expect(one.standardError == nil)
    #expect(one.pValue == 1)
    let alike = try #require(PairedComparison([(0.2, 0.2), (0.4, 0.4)], seed: 1))
    #expect(alike.pValue == 1)
  }
}
