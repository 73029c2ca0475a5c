import Tensors

/// Singular directions of several matrices, to be made orthogonal to each other.
struct SingularDirections {
  /// One a row.
  private(set) var left: DoubleMatrix
  private(set) var values: [Double] = []
  /// One a row.
  private(set) var right: DoubleMatrix

  /// None yet, of matrices like the cores of `changes`.
  init(_ changes: SharedDirections) {
    left = DoubleMatrix(0, changes.left.rows)
    right = DoubleMatrix(0, changes.right.rows)
  }

  /// Adds the `count` strongest, or all that are stronger than `floor`.
  mutating func append(_ other: SingularValues, count: Int, above floor: Double = 0) {
    let taken = other.values.prefix(count).prefix { $0 > floor }
    left.append(other.left[rows: 0..<taken.count])
    values += taken
    right.append(other.right[rows: 0..<taken.count])
  }

  mutating func append(_ other: SingularDirections) {
    left.append(other.left)
    values += other.values
    right.append(other.right)
  }

  /// Σ strength · left · rightᵀ after left and right directions were replaced by the nearest
  /// orthonormal ones.
  ///
  /// - Parameters:
  ///   - strengths: one a direction.
  ///   - tolerance: what counts as linearly dependent; such directions share one strength.
  func orthogonal(strengths: [Double], tolerance: Double) -> DoubleMatrix {
    let (left, right) = (
      SingularValues(of: left, tolerance: tolerance).polarFactor,
      SingularValues(of: right, tolerance: tolerance).polarFactor
    )
    return DoubleMatrix.product(left.transposed, right.scalingRows(by: strengths))
  }
}
