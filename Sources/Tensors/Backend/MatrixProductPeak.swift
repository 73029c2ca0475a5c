/// What matrix products reach on this machine, as the yardstick of everything else.
package enum MatrixProductPeak {
  /// Operations a second of the best of a few products of 512 rows with weights `[2048, 2048]`, on all threads.
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
}
