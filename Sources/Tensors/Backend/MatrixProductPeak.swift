/// Measures the peak of matrix multiplication on this machine, the reference for all other speeds.
package enum MatrixProductPeak {
  /// Best of a few products of 512 rows with weights `[2048, 2048]` on all threads, in operations per second.
  package static func measure(_ type: ComputeType) throws -> Double {
    let (size, count) = (2048, 512)
    let matrix = try PackedMatrix(rows: size, columns: size, computeType: type) { _, buffer in
      buffer.update(repeating: 0.01)
    }
    let rows = Rows(capacity: count, columns: size, computeType: type)
    let row = Tensor([size], [Float](repeating: 0.5, count: size))
    for index in 0..<count { rows.set(row: index, from: row.pointer) }
    let out = Tensor([count, size])
    var best = Double.infinity
    for _ in 0..<12 {
      let start = ContinuousClock.now
      matrix.multiply(rows, rows: count, into: out.pointer)
      best = min(best, (ContinuousClock.now - start) / .seconds(1))
    }
    return 2 * Double(size) * Double(size) * Double(count) / best
  }

  /// Operations per second of a float32 product `[512, 512] · [512, 512]ᵀ` on one thread, by the backend and by OpenBLAS,
  /// measured alternately.
  package static func besideOpenBLAS() -> (ours: Double, openBLAS: Double) {
    let size = 512
    let (x, weights, out) = (Tensor([size, size]), Tensor([size, size]), Tensor([size, size]))
    x.fill(0.5)
    weights.fill(0.01)
    var best = (ours: Double.infinity, openBLAS: Double.infinity)
    for _ in 0..<12 {
      best.ours = min(best.ours, seconds { CPUBackend.multiply(x, transposed: weights, into: out) })
      best.openBLAS = min(
        best.openBLAS, seconds { OpenBLAS.multiply(x, transposed: weights, into: out) })
    }
    let operations = 2 * Double(size) * Double(size) * Double(size)
    return (operations / best.ours, operations / best.openBLAS)
  }

  private static func seconds(_ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}
