import Formats
import Foundation

/// Two variants on the same documents: is the second really different from the first?
package struct PairedComparison: Sendable, Hashable {
  package enum Test: String, Sendable {
    /// Exact binomial test on the documents that changed between right and wrong.
    case mcnemar
    /// Mean difference over its standard error, against the normal distribution.
    case pairedZ = "paired_z"
    /// Share of resampled document sets whose difference has the other sign.
    case pairedBootstrap = "paired_bootstrap"
  }

  /// Number of documents that both variants answered.
  package let documents: Int
  /// Mean of variant − baseline.
  package let difference: Double
  /// sd(variant − baseline) / √n; `nil` for fewer than two documents.
  package let standardError: Double?
  /// Bootstrap interval of the difference at 95 %, percentile method.
  package let interval: ClosedRange<Double>
  /// Two-sided probability of at least this difference if the variants were alike.
  package let pValue: Double
  package let test: Test
  /// McNemar's mid-p value, less conservative than the exact one; `nil` for other tests.
  package let midP: Double?
  /// Documents whose value rose.
  package let gained: Int
  /// Documents whose value fell.
  package let lost: Int

  /// - Parameters:
  ///   - pairs: baseline's and variant's value on each document, finite.
  ///   - seed: seed of the bootstrap.
  ///   - resamples: number of bootstrap resamples.
  /// - Returns: `nil` where there is no pair.
  package init?(_ pairs: [(baseline: Double, variant: Double)], seed: UInt64, resamples: Int = 1000)
  {
    guard !pairs.isEmpty else { return nil }
    let differences = pairs.map { $0.variant - $0.baseline }
    let mean = differences.reduce(0, +) / Double(pairs.count)
    documents = pairs.count
    difference = mean
    let error = standardErrorOfMean(differences)
    standardError = error
    interval = middle95(resampledMeans(differences, seed: seed, resamples: resamples))
    (gained, lost) = (differences.count { $0 > 0 }, differences.count { $0 < 0 })
    let isBinary = pairs.allSatisfy { pair in
      [pair.baseline, pair.variant].allSatisfy { $0 == 0 || $0 == 1 }
    }
    if isBinary {
      test = .mcnemar
      pValue = mcnemar(gained: gained, lost: lost)
      midP = mcnemarMidP(gained: gained, lost: lost)
    } else {
      test = .pairedZ
      pValue = normalP(mean, error)
      midP = nil
    }
  }

  /// Two variants by a score that is no mean of its documents, such as perplexity: the same documents
  /// are drawn for both.
  ///
  /// Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 16; p is at least
  /// 2 / (resamples + 1).
  /// - Parameters:
  ///   - baseline: the baseline's score over documents at some positions, which may repeat.
  ///   - variant: the variant's.
  ///   - documents: number of documents.
  /// - Returns: `nil` where there is no document or a score is not finite.
  package init?(
    baseline: ([Int]) -> Double, variant: ([Int]) -> Double, documents: Int, seed: UInt64,
    resamples: Int = 2000
  ) {
    guard documents > 0 else { return nil }
    let all = Array(0..<documents)
    let (before, after) = (baseline(all), variant(all))
    guard before.isFinite, after.isFinite else { return nil }
    var random = BootstrapGenerator(state: seed)
    var drawn = all
    let differences = (0..<max(resamples, 2)).map { _ in
      for position in drawn.indices { drawn[position] = random.index(below: UInt64(documents)) }
      return variant(drawn) - baseline(drawn)
    }
    guard differences.allSatisfy(\.isFinite) else { return nil }
    self.documents = documents
    difference = after - before
    standardError = standardErrorOfMean(differences).map {
      $0 * Double(differences.count).squareRoot()
    }
    interval = middle95(differences)
    let tail = min(differences.count { $0 <= 0 }, differences.count { $0 >= 0 })
    pValue = min(1, 2 * Double(tail + 1) / Double(differences.count + 1))
    test = .pairedBootstrap
    midP = nil
    (gained, lost) = (0, 0)
  }
}

/// Two-sided exact McNemar test: 2 · Σ_{i ≤ min(b, c)} C(b + c, i) / 2^(b + c), at most 1.
///
/// McNemar 1947, https://doi.org/10.1007/BF02295996, with the exact binomial distribution.
package func mcnemar(gained: Int, lost: Int) -> Double {
  let count = gained + lost
  guard count > 0 else { return 1 }
  let tail = (0...min(gained, lost)).reduce(0.0) { sum, i in
    // In logarithms: 2^n overflows for many discordant pairs.
    sum + PortableMath.exp(logBinomial(count, i) - Double(count) * PortableMath.log(2))
  }
  return min(1, 2 * tail)
}

/// Two-sided mid-p McNemar test: the observed table counts half on each side.
///
/// Lancaster 1961, https://doi.org/10.1080/01621459.1961.10482105; recommended for McNemar's test by
/// Fagerland, Lydersen & Laake 2013, https://doi.org/10.1186/1471-2288-13-91
package func mcnemarMidP(gained: Int, lost: Int) -> Double {
  let count = gained + lost
  guard count > 0 else { return 1 }
  let observed = PortableMath.exp(
    logBinomial(count, min(gained, lost)) - Double(count) * PortableMath.log(2))
  // With as many gained as lost both tails meet in the middle.
  return gained == lost ? 1 : max(0, mcnemar(gained: gained, lost: lost) - observed)
}

/// Two-sided p-value of the difference of two independent scores with standard errors.
package func unpairedP(difference: Double, standardErrors: (Double, Double)) -> Double {
  let (first, second) = standardErrors
  return normalP(difference, (first * first + second * second).squareRoot())
}

/// Holm's step-down correction for having made several tests.
///
/// Holm 1979, "A simple sequentially rejective multiple test procedure",
/// https://www.jstor.org/stable/4615733
/// - Returns: adjusted p-values in the order of `pValues`.
package func holm(_ pValues: [Double]) -> [Double] {
  var adjusted = pValues
  var largest = 0.0
  for (rank, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
    largest = max(largest, min(1, pValues[index] * Double(pValues.count - rank)))
    adjusted[index] = largest
  }
  return adjusted
}

/// Sample standard deviation (n − 1) over √n; `nil` for fewer than two values.
func standardErrorOfMean(_ values: [Double]) -> Double? {
  guard values.count >= 2 else { return nil }
  let mean = values.reduce(0, +) / Double(values.count)
  let squares = values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
  return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
}

private func logBinomial(_ n: Int, _ k: Int) -> Double {
  PortableMath.logFactorial(n) - PortableMath.logFactorial(k) - PortableMath.logFactorial(n - k)
}

private func normalP(_ mean: Double, _ error: Double?) -> Double {
  guard let error else { return 1 }
  if error == 0 { return mean == 0 ? 1 : 0 }
  return PortableMath.erfc(abs(mean / error) / 2.0.squareRoot())
}

/// Means of documents drawn with replacement.
private func resampledMeans(_ values: [Double], seed: UInt64, resamples: Int) -> [Double] {
  var random = BootstrapGenerator(state: seed)
  let count = UInt64(values.count)
  return (0..<max(resamples, 1)).map { _ in
    var sum = 0.0
    for _ in values.indices { sum += values[random.index(below: count)] }
    return sum / Double(count)
  }
}

/// 2.5 % and 97.5 % quantiles, interpolated linearly.
func middle95(_ resampled: [Double]) -> ClosedRange<Double> {
  let sorted = resampled.sorted()
  func quantile(_ share: Double) -> Double {
    let position = share * Double(sorted.count - 1)
    let below = Int(position)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
  }
  return quantile(0.025)...quantile(0.975)
}

/// SplitMix64 (Steele, Lea & Flood 2014): the same intervals on every machine.
struct BootstrapGenerator {
  var state: UInt64

  mutating func index(below count: UInt64) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((z ^ (z >> 31)).multipliedFullWidth(by: count).high)
  }
}
