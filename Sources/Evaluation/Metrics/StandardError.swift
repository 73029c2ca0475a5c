import Dispatch
import PythonText
import Synchronization

/// Standard errors as lm-evaluation-harness computes them.
enum StandardError {
  /// Of a mean: sample standard deviation over √n; `nil` below two values.
  static func ofMean(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    return sampleDeviation(values) / Double(values.count).squareRoot()
  }

  /// Of any statistic of `count` documents: the standard deviation over resamples drawn with
  /// replacement.
  ///
  /// Chunk *i* of at most 1000 resamples uses Python's `Random(i)`, so that the value is exactly
  /// reproducible; the chunks are shared out among the processors.
  static func bootstrap(count: Int, iterations: Int, statistic: Statistic) -> Double? {
    guard count > 1, iterations > 1 else { return nil }
    let size = min(1000, iterations)
    let chunks = iterations / size
    let replicates = Mutex(Array(repeating: [Double](), count: chunks))
    DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
      var random = PythonRandom(seed: UInt64(chunk))
      var drawn = Array(repeating: 0, count: count)
      let values = (0..<size).map { _ in
        for position in drawn.indices { drawn[position] = random.choice(of: count) }
        return statistic.value(drawn)
      }
      replicates.withLock { $0[chunk] = values }
    }
    return sampleDeviation(replicates.withLock { $0 }.flatMap { $0 })
  }

  private static func sampleDeviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1)).squareRoot()
  }
}
