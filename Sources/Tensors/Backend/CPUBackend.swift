import CKernels

/// What training runs on: `CKernels`.
///
/// Every product's elements are chains of fused multiply-adds in order and every other sum has an order that its length
/// fixes, so that results are the same bits for any number of threads, tile and instruction set. With bfloat16 products
/// operands are rounded, while sums, attention, losses, parameters and moments stay float32; `BFloat16Products` says where
/// last bits may differ.
package struct CPUBackend: ComputeBackend {
  package let name = "cpu"
  /// The type that operands of `multiply` are rounded to.
  private let products: ComputeType

  /// Rows of one work item of a cheap kernel.
  private static let tile = 128
  /// Most rows and columns of one item of a product: enough that packing its operands costs little.
  private static let (productRows, productColumns) = (256, 512)

  package init(products: ComputeType = .float32) { self.products = products }

  package func multiply(_ a: Matrix, _ b: Matrix, into c: Matrix, alpha: Float, beta: Float) {
    let (m, k) = a.operandShape
    let n = b.operandShape.columns
    precondition(
      b.operandShape.rows == k && c.rows == m && c.columns == n,
      "product [\(m), \(k)] · \(b.operandShape) into [\(c.rows), \(c.columns)]")
    guard m > 0, n > 0 else { return }
    nonisolated(unsafe) let (a, b, c) = (a, b, c)
    let columnTiles = EvenTiles(n, most: Self.productColumns)
    // Where there are pieces enough for all threads, weights are packed for twice as many rows; no bit depends on it.
    let (most, pieces) = (2 * Self.productRows, 3 * ThreadCount.current)
    let isLarge = columnTiles.count * ((m + most - 1) / most) >= pieces
    let rowTiles = EvenTiles(m, most: isLarge ? most : Self.productRows)
    // All rows of some columns before the next columns: weights are the larger operand and stay in the cache.
    parallelFor(rowTiles.count * columnTiles.count) { item in
      let (rows, columns) = (rowTiles[item % rowTiles.count], columnTiles[item / rowTiles.count])
      let (row, column) = (rows.lowerBound, columns.lowerBound)
      sk_product(
        a.isTransposed ? 1 : 0, b.isTransposed ? 1 : 0, Int64(rows.count), Int64(columns.count),
        Int64(k), alpha, a.pointer + (a.isTransposed ? row : row * a.stride), Int64(a.stride),
        b.pointer + (b.isTransposed ? column * b.stride : column), Int64(b.stride), beta,
        c.pointer + row * c.stride + column, Int64(c.stride), products == .bfloat16 ? 1 : 0)
    }
  }

  /// `c [m, n] = a [m, k] · b [n, k]ᵀ` on the calling thread.
  static func multiply(_ a: Tensor, transposed b: Tensor, into c: Tensor) {
    sk_product(
      0, 1, Int64(a.rows), Int64(b.rows), Int64(a.columns), 1, a.pointer, Int64(a.columns),
      b.pointer, Int64(b.columns), 0, c.pointer, Int64(c.columns), 0)
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
          Int64(rows), Int64(heads), Int64(x.columns / heads), Int64(tables.halfWidth * 2),
          inverse ? -1 : 1)
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
