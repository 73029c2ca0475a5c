import CKernels
import Tensors

/// Next-token distribution of one row.
struct NextToken {
  /// `[V]`, valid during the call that hands it over.
  let logits: UnsafePointer<Float>
  /// V
  let count: Int
  /// `log Σ exp(logits)`, nats.
  let logSum: Double
  /// Index of the first maximum.
  let argmax: Int32

  /// Log-probability of `token`, nats.
  func logProbability(_ token: Int32) -> Double { Double(logits[Int(token)]) - logSum }

  /// The distribution, seen from `token`.
  func distribution(_ token: Int32) -> TokenDistribution {
    var result = TokenDistribution(isLikeliest: token == argmax, mean: 0, variance: 0)
    sk_logMoments(&result.mean, &result.variance, logits, Int64(count))
    return result
  }
}

extension DecoderInference {
  /// Rows whose logits are held at once.
  private static let logitRows = 128

  /// Computes the vocabulary projection of chosen rows of the last batch.
  /// - Parameters:
  ///   - rows: rows of `work.x`, ascending.
  ///   - receive: called once for each, in order.
  func logits(ofRows rows: [Int], receive: (Int, NextToken) throws -> Void) rethrows {
    let vocabulary = configuration.vocabularySize
    let logits = work.logits(rows: min(Self.logitRows, rows.count), vocabulary)
    var logSums = [Double](repeating: 0, count: Self.logitRows)
    var argmax = [Int32](repeating: 0, count: Self.logitRows)
    for first in stride(from: 0, to: rows.count, by: Self.logitRows) {
      let chosen = rows[first..<min(first + Self.logitRows, rows.count)]
      inTiles(chosen.count) { index in
        normalise(finalNorm, row: index, of: chosen[first + index])
      }
      head.multiply(work.hiddenRows, rows: chosen.count, into: logits.pointer)
      logSums.withUnsafeMutableBufferPointer { logSums in
        argmax.withUnsafeMutableBufferPointer { argmax in
          nonisolated(unsafe) let (logSums, argmax, logits) = (logSums, argmax, logits)
          nonisolated(unsafe) let model = self
          parallelFor(chosen.count) { row in
            model.finish(logits.pointer + row * vocabulary)
            sk_logSumExp(
              logSums.baseAddress.map { $0 + row }, argmax.baseAddress.map { $0 + row },
              logits.pointer + row * vocabulary, 1, Int64(vocabulary))
          }
        }
      }
      for (index, row) in chosen.enumerated() {
        try receive(
          row,
          NextToken(
            logits: logits.pointer + index * vocabulary, count: vocabulary,
            logSum: logSums[index], argmax: argmax[index]))
      }
    }
  }

  /// Adds the bias and bounds one row of logits, `[V]`, where the architecture does.
  private func finish(_ logits: UnsafeMutablePointer<Float>) {
    let count = Int64(configuration.vocabularySize)
    if let headBias { sk_add(logits, headBias.pointer, count) }
    if let cap = configuration.logitCap { sk_softCap(logits, count, 1, Float(cap)) }
  }
}
