/// Standard errors as lm-evaluation-harness computes them.
package enum StandardError {
  /// Of a mean: sample standard deviation over √n; `nil` below two values.
  package static func ofMean(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    return sampleDeviation(values) / Double(values.count).squareRoot()
  }

  /// Of any statistic: the standard deviation over resamples drawn with replacement.
  ///
  /// Chunk *i* of at most 1000 resamples uses Python's `Random(i)`, so that the value is exactly
  /// reproducible.
  package static func bootstrap(
    _ values: [Double], iterations: Int = 100_000, statistic: ([Double]) -> Double
  ) -> Double? {
    guard values.count > 1, iterations > 1 else { return nil }
    let chunk = min(1000, iterations)
    var replicates: [Double] = []
    for seed in 0..<iterations / chunk {
      var random = PythonRandom(seed: UInt64(seed))
      for _ in 0..<chunk {
        replicates.append(statistic(random.choices(from: values, count: values.count)))
      }
    }
    return sampleDeviation(replicates)
  }

  private static func sampleDeviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1)).squareRoot()
  }
}
