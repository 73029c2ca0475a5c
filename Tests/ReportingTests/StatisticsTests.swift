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

  @Test func holmStepsDown() {
    // 4 · 0.005, 3 · 0.01, 2 · 0.03, and 0.04 raised to the one before it.
    let adjusted = holm([0.01, 0.04, 0.03, 0.005])
    for (value, expected) in zip(adjusted, [0.03, 0.06, 0.06, 0.02]) {
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
