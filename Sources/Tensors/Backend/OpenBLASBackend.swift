import CKernels
import COneDNN
import COpenBLAS

/// float32 on OpenBLAS, oneDNN and `CKernels`: what training runs on.
///
/// Both run single-threaded on tiles inside `parallelFor`, so that their threads and ours do not fight; tiles
/// depend on a product's shape alone, so that results do not depend on the thread count.
package struct OpenBLASBackend: ComputeBackend {
  package let name = "openblas"

  /// Rows of one work item of a cheap kernel.
  private static let tile = 128
  /// Most rows and columns of one item of a product: enough that packing its operands costs little.
  private static let (productRows, productColumns) = (256, 512)

  package init() { openblas_set_num_threads(1) }

  /// OpenBLAS's own description of its build.
  package static var configuration: String { String(cString: openblas_get_config()) }

  package func multiply(_ a: Matrix, _ b: Matrix, into c: Matrix, alpha: Float, beta: Float) {
    let (m, k) = a.operandShape
    let n = b.operandShape.columns
    precondition(
      b.operandShape.rows == k && c.rows == m && c.columns == n,
      "product [\(m), \(k)] · \(b.operandShape) into [\(c.rows), \(c.columns)]")
    guard m > 0, n > 0 else { return }
    nonisolated(unsafe) let (a, b, c) = (a, b, c)
    let columnTiles = EvenTiles(n, most: Self.productColumns)
    // Where columns alone keep many threads busy, weights are packed for twice as many rows.
    let rowTiles = EvenTiles(
      m, most: columnTiles.count < 16 ? Self.productRows : 2 * Self.productRows)
    // All rows of some columns before the next columns: weights are the larger operand and stay in the cache.
    parallelFor(rowTiles.count * columnTiles.count) { item in
      let (rows, columns) = (rowTiles[item % rowTiles.count], columnTiles[item / rowTiles.count])
      let (row, column) = (rows.lowerBound, columns.lowerBound)
      tileProduct(
        a.isTransposed, b.isTransposed, rows.count, columns.count, k, alpha,
        a.pointer + (a.isTransposed ? row : row * a.stride), a.stride,
        b.pointer + (b.isTransposed ? column * b.stride : column), b.stride, beta,
        c.pointer + row * c.stride + column, c.stride)
    }
  }

  /// `c [m, n] = alpha · op(a) · op(b) + beta · c` on the calling thread.
  ///
  /// oneDNN's product where it has one: on tiles of this size it was measured up to 10 % faster than OpenBLAS's, and no slower.
  private func tileProduct(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Float,
    _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int,
    _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ cStride: Int
  ) {
    let status = sdnn_sgemm(
      transposeA ? 1 : 0, transposeB ? 1 : 0, Int64(m), Int64(n), Int64(k), alpha, a,
      Int64(aStride), b, Int64(bStride), beta, c, Int64(cStride))
    guard status != 0 else { return }
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      Int32(m), Int32(n), Int32(k), alpha, a, Int32(aStride), b, Int32(bStride), beta, c,
      Int32(cStride))
  }

  package func rmsNorm(
    _ x: Tensor, gain: Tensor, epsilon: Float, out: Tensor, inverseRMS: Tensor
  ) {
    inRowTiles(x.rows) { first, rows in
      sk_rmsNorm(
        out.pointer + first * x.columns, inverseRMS.pointer + first, x.pointer + first * x.columns,
        gain.pointer, epsilon, Int64(rows), Int64(x.columns))
    }
  }

  package func rmsNormBackward(
    dOut: Tensor, x: Tensor, gain: Tensor, inverseRMS: Tensor, dx: Tensor, dGain: Tensor?
  ) {
    let width = x.columns
    let tiles = (x.rows + Self.tile - 1) / Self.tile
    // Each tile sums the gain's gradient for itself; the sums are added in order.
    let partial = dGain.map { _ in Tensor([tiles, width]) }
    inRowTiles(x.rows) { first, rows in
      sk_rmsNormBackward(
        dx.pointer + first * width, partial.map { $0.pointer + first / Self.tile * width },
        dOut.pointer + first * width, x.pointer + first * width, gain.pointer,
        inverseRMS.pointer + first, Int64(rows), Int64(width))
    }
    guard let dGain, let partial else { return }
    for tile in 0..<tiles { sk_add(dGain.pointer, partial.pointer + tile * width, Int64(width)) }
  }

  package func rotate(
    _ x: Matrix, heads: Int, tables: RotaryTables, positions: [Int32], inverse: Bool
  ) {
    precondition(positions.count == x.rows, "\(positions.count) positions for \(x.rows) rows")
    inRowTiles(x.rows) { first, rows in
      positions.withUnsafeBufferPointer { positions in
        guard let base = positions.baseAddress else { return }
        sk_rotate(
          x.pointer + first * x.stride, Int64(x.stride), tables.cosines, tables.sines, base + first,
          Int64(rows), Int64(heads), Int64(tables.halfWidth * 2), inverse ? -1 : 1)
      }
    }
  }

  package func swiglu(_ gateUp: Tensor, out: Tensor) {
    inRowTiles(out.rows) { first, rows in
      sk_swiglu(
        out.pointer + first * out.columns, gateUp.pointer + 2 * first * out.columns, Int64(rows),
        Int64(out.columns))
    }
  }

  package func swigluBackward(dOut: Tensor, gateUp: Tensor, dGateUp: Tensor) {
    let width = dOut.columns
    inRowTiles(dOut.rows) { first, rows in
      sk_swigluBackward(
        dGateUp.pointer + 2 * first * width, dOut.pointer + first * width,
        gateUp.pointer + 2 * first * width, Int64(rows), Int64(width))
    }
  }

  package func add(_ x: Tensor, to out: Tensor) {
    precondition(x.count == out.count, "adding \(x.shape) to \(out.shape)")
    inStretches(x.count) { first, count in
      sk_add(out.pointer + first, x.pointer + first, Int64(count))
    }
  }

  package func adamW(
    parameter: Tensor, firstMoment: Tensor, secondMoment: Tensor, gradient: Tensor,
    settings: AdamWSettings, learningRate: Double, step: Int
  ) {
    inStretches(parameter.count) { first, count in
      sk_adamW(
        parameter.pointer + first, firstMoment.pointer + first, secondMoment.pointer + first,
        gradient.pointer + first, Int64(count), learningRate, settings.beta1, settings.beta2,
        settings.epsilon, settings.weightDecay, Int64(step))
    }
  }

  /// Calls `body(first element, count)` for fixed stretches of a tensor, in parallel.
  func inStretches(_ count: Int, _ body: (Int, Int) -> Void) {
    let length = 1 << 17
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      parallelFor((count + length - 1) / length) { item in
        body(item * length, min(length, count - item * length))
      }
    }
  }

  /// Tiles that `inRowTiles` makes of so many rows.
  func rowTiles(_ rows: Int) -> Int { (rows + Self.tile - 1) / Self.tile }

  /// Calls `body(first row, rows)` for fixed tiles of rows, in parallel.
  func inRowTiles(_ rows: Int, _ body: (Int, Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      parallelFor(rowTiles(rows)) { item in
        body(item * Self.tile, min(Self.tile, rows - item * Self.tile))
      }
    }
  }
}
