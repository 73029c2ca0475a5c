import Foundation

/// Two variants on the same documents: is the second really different from the first?
package struct PairedComparison: Sendable, Hashable {
  package enum Test: String, Sendable {
    /// Exact binomial test on the documents that changed between right and wrong.
    case mcnemar
    /// Mean difference over its standard error, against the normal distribution.
    case pairedZ = "paired_z"
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
    interval = bootstrapInterval(differences, seed: seed, resamples: resamples)
    let isBinary = pairs.allSatisfy { pair in
      [pair.baseline, pair.variant].allSatisfy { $0 == 0 || $0 == 1 }
    }
    if isBinary {
      test = .mcnemar
      pValue = mcnemar(
        gained: differences.count { $0 > 0 }, lost: differences.count { $0 < 0 })
    } else {
      test = .pairedZ
      pValue = normalP(mean, error)
    }
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
    sum + exp(logBinomial(count, i) - Double(count) * log(2))
  }
  return min(1, 2 * tail)
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
  lgamma(Double(n) + 1) - lgamma(Double(k) + 1) - lgamma(Double(n - k) + 1)
}

private func normalP(_ mean: Double, _ error: Double?) -> Double {
  guard let error else { return 1 }
  if error == 0 { return mean == 0 ? 1 : 0 }
  return erfc(abs(mean / error) / 2.0.squareRoot())
}

/// 2.5 % and 97.5 % quantiles of the means of resampled differences, interpolated linearly.
private func bootstrapInterval(
  _ differences: [Double], seed: UInt64, resamples: Int
) -> ClosedRange<Double> {
  var random = BootstrapGenerator(state: seed)
  let count = UInt64(differences.count)
  var means = (0..<max(resamples, 1)).map { _ in
    var sum = 0.0
    for _ in differences.indices { sum += differences[random.index(below: count)] }
    return sum / Double(count)
  }
  means.sort()
  func quantile(_ share: Double) -> Double {
    let position = share * Double(means.count - 1)
    let below = Int(position)
    let above = min(below + 1, means.count - 1)
    return means[below] + (position - Double(below)) * (means[above] - means[below])
  }
  return quantile(0.025)...quantile(0.975)
}

/// SplitMix64 (Steele, Lea & Flood 2014): the same intervals on every machine.
private struct BootstrapGenerator {
  var state: UInt64

  mutating func index(below count: UInt64) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((z ^ (z >> 31)).multipliedFullWidth(by: count).high)
  }
}
