/// The singular value decomposition of a matrix, without the directions in which it is zero.
///
/// One-sided Jacobi rotations in an order that the number of rows fixes; no library takes part, so that the bits are the same on
/// every machine. Of equal singular values the directions are some orthonormal ones, as always.
///
/// - Paper: Brent & Luk 1985, "The Solution of Singular-Value and Symmetric Eigenvalue Problems on Multiprocessor Arrays",
///   https://doi.org/10.1137/0906007
package struct SingularValues: Sendable {
  /// The left singular vectors, one a row, each as long as the matrix has rows; of the weakest, orthogonal to 1e-16 ∕ tolerance.
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
    let rows = RowRotations(of: core).orthogonal
    let lengths = rows.rowSquares.map { $0.squareRoot() }
    let largest = lengths.max() ?? 0
    let order = lengths.indices.filter { lengths[$0] > tolerance * largest }
      .sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }
    var kept = DoubleMatrix(0, core.columns)
    for index in order { kept.append(rows[rows: index..<index + 1]) }
    values = order.map { lengths[$0] }
    let inverses = values.map { 1 / $0 }
    right = DoubleMatrix.product(kept.scalingRows(by: inverses), basis)
    left = DoubleMatrix.rowProducts(right, matrix).scalingRows(by: inverses)
  }

  /// Σ left · rightᵀ over the singular directions: the nearest matrix whose singular values are ones.
  package var polarFactor: DoubleMatrix { matrix(with: values.map { _ in 1 }) }

  /// Σ value · left · rightᵀ with other singular values.
  package func matrix(with values: [Double]) -> DoubleMatrix {
    DoubleMatrix.product(left.transposed, right.scalingRows(by: values))
  }
}
