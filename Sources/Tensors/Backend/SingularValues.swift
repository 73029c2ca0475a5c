import CKernels
import Synchronization

/// The singular value decomposition of a matrix, without the directions in which it is zero.
///
/// One-sided Jacobi rotations (Hestenes 1958; Brent & Luk 1985) in an order that the number of rows fixes; no library takes part, so
/// that the bits are the same on every machine. Of equal singular values the directions are some orthonormal ones, as always.
///
/// - Paper: Brent & Luk 1985, "The Solution of Singular-Value and Symmetric Eigenvalue Problems on Multiprocessor Arrays",
///   https://doi.org/10.1137/0906007
package struct SingularValues: Sendable {
  /// The left singular vectors, one a row, each as long as the matrix has rows.
  package let left: DoubleMatrix
  /// The singular values, largest first, all above zero.
  package let values: [Double]
  /// The right singular vectors, one a row, each as long as the matrix has columns.
  package let right: DoubleMatrix

  /// - Parameters:
  ///   - matrix: finite, squares of its elements too.
  ///   - tolerance: singular values at most this share of the largest count as zero.
  package init(of matrix: DoubleMatrix, tolerance: Double) {
    guard matrix.rows <= matrix.columns else {
      let turned = SingularValues(of: matrix.transposed, tolerance: tolerance)
      (left, values, right) = (turned.right, turned.values, turned.left)
      return
    }
    let longest = (matrix.rowSquares.max() ?? 0).squareRoot()
    // A thousandth of it, since what is cut off here is not seen again.
    let (core, basis) = OrthonormalRows.factors(of: matrix, cut: longest * tolerance / 1000)
    guard basis.rows == matrix.rows else {
      // Fewer directions than rows: a narrower matrix has the same singular values.
      let inner = SingularValues(of: core, tolerance: tolerance)
      (left, values) = (inner.left, inner.values)
      right = DoubleMatrix.product(inner.right, basis)
      return
    }
    var rotated = core
    var rotations = DoubleMatrix(core.rows, core.rows)
    for index in 0..<core.rows { rotations[index, index] = 1 }
    Self.diagonalise(&rotated, &rotations)
    let lengths = rotated.rowSquares.map { $0.squareRoot() }
    let largest = lengths.max() ?? 0
    let order = lengths.indices.filter { lengths[$0] > tolerance * largest }
      .sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }
    values = order.map { lengths[$0] }
    left = Self.rows(order, of: rotations)
    right = DoubleMatrix.product(
      Self.rows(order, of: rotated).scalingRows(by: values.map { 1 / $0 }), basis)
  }

  /// Σ left · rightᵀ over the singular directions: the nearest matrix whose singular values are ones.
  package var polarFactor: DoubleMatrix { matrix(with: values.map { _ in 1 }) }

  /// Σ value · left · rightᵀ with other singular values.
  package func matrix(with values: [Double]) -> DoubleMatrix {
    DoubleMatrix.product(left.transposed, right.scalingRows(by: values))
  }

  private static func rows(_ indices: [Int], of matrix: DoubleMatrix) -> DoubleMatrix {
    var result = DoubleMatrix(0, matrix.columns)
    for index in indices { result.append(matrix[rows: index..<index + 1]) }
    return result
  }

  /// Turns rows of `matrix` in pairs until all are orthogonal, and rows of `rotations` with them.
  private static func diagonalise(_ matrix: inout DoubleMatrix, _ rotations: inout DoubleMatrix) {
    let (rows, columns) = (matrix.rows, matrix.columns)
    guard rows > 1, columns > 0 else { return }
    // Shorter vectors are rounding.
    let floor = 1e-28 * (matrix.rowSquares.max() ?? 0)
    matrix.elements.withUnsafeMutableBufferPointer { matrix in
      rotations.elements.withUnsafeMutableBufferPointer { rotations in
        guard let first = matrix.baseAddress, let other = rotations.baseAddress else { return }
        nonisolated(unsafe) let (vectors, turns) = (first, other)
        let players = rows + rows % 2
        // Five to ten sweeps do; the bound is for what no one has met.
        for _ in 0..<100 {
          let turned = Atomic<Bool>(false)
          for round in 0..<players - 1 {
            inPairs(players, round, rows: rows) { low, high in
              guard
                let (cosine, sine) = rotate(
                  vectors + low * columns, vectors + high * columns, columns, floor: floor)
              else { return }
              sk_rotate64(turns + low * rows, turns + high * rows, cosine, sine, Int64(rows))
              turned.store(true, ordering: .relaxed)
            }
          }
          if !turned.load(ordering: .relaxed) { return }
        }
      }
    }
  }

  /// Calls `body` with the pairs of one round of a tournament, in which everybody plays once.
  private static func inPairs(
    _ players: Int, _ round: Int, rows: Int, _ body: @Sendable (Int, Int) -> Void
  ) {
    let (pairs, others) = (players / 2, players - 1)
    let slice = rows < 128 ? pairs : max(1, pairs / 16)
    parallelFor((pairs + slice - 1) / slice) { index in
      for pair in index * slice..<min((index + 1) * slice, pairs) {
        // The last player stays, the others go round.
        let one = pair == 0 ? others : (round + pair) % others
        let two = (round + others - pair) % others
        // A number of players that is odd has one more who is not there.
        if max(one, two) < rows { body(min(one, two), max(one, two)) }
      }
    }
  }

  /// Makes two vectors orthogonal.
  ///
  /// - Parameter floor: squares of lengths that count as zero.
  /// - Returns: the rotation; nil where they were orthogonal already.
  private static func rotate(
    _ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ count: Int,
    floor: Double
  ) -> (cosine: Double, sine: Double)? {
    var products = (0.0, 0.0, 0.0)
    withUnsafeMutableBytes(of: &products) { bytes in
      guard let out = bytes.bindMemory(to: Double.self).baseAddress else { return }
      sk_gramOfTwo64(out, x, y, Int64(count))
    }
    let (xx, xy, yy) = products
    // Sums of many products are not exact enough for less.
    let bound = 1e-15 * max(1, Double(count).squareRoot() / 4)
    guard min(xx, yy) > floor, abs(xy) > bound * (xx * yy).squareRoot() else { return nil }
    let ratio = (yy - xx) / (2 * xy)
    let tangent = (ratio < 0 ? -1 : 1) / (abs(ratio) + (1 + ratio * ratio).squareRoot())
    let cosine = 1 / (1 + tangent * tangent).squareRoot()
    sk_rotate64(x, y, cosine, cosine * tangent, Int64(count))
    return (cosine, cosine * tangent)
  }
}
