import Tensors

/// What all parts change in one matrix, in orthonormal bases of their rows and columns.
///
/// Change *i* is leftᵀ · cores[i] · right. Low-rank changes have small cores, however they are stored, and singular values and
/// projections of the changes are those of the cores.
struct SharedDirections: Sendable {
  /// Basis of the columns, one vector a row, each as long as the matrix has rows.
  let left: DoubleMatrix
  /// Basis of the rows, one vector a row, each as long as the matrix has columns.
  let right: DoubleMatrix
  /// One a part.
  let cores: [DoubleMatrix]

  /// Number of directions that the parts change: the rank of their sum unless they cancel.
  var count: Int { min(left.rows, right.rows) }

  /// - Parameter tolerance: what is shorter than this share of the longest row is no direction.
  /// - Throws: `MergeError.notFinite`, read errors.
  init(of tensor: TensorDescription, _ parts: DeltaParts, tolerance: Double) throws {
    let cut = try tolerance * Self.longestRow(of: tensor, parts)
    var rows = OrthonormalRows(columns: tensor.columns, cut: cut)
    var pieces: [[[[Double]]]] = []
    for part in 0..<parts.count {
      var found: [[[Double]]] = []
      for stretch in tensor.stretches() where parts.holds(tensor, part: part) {
        try parts.withValues(of: stretch, part: part) { values in
          for block in Self.blocks(values, columns: tensor.columns) {
            found.append(rows.take(block))
          }
        }
      }
      pieces.append(found)
    }
    right = rows.basis
    var columns = OrthonormalRows(columns: tensor.rows, cut: cut)
    let turned = pieces.indices.map { part in
      let coordinates =
        parts.holds(tensor, part: part)
        ? OrthonormalRows.joined(pieces[part], columns: rows.basis.rows)
        : DoubleMatrix(tensor.rows, rows.basis.rows)
      let across = coordinates.transposed
      return stride(from: 0, to: across.rows, by: Self.blockRows).map { first in
        columns.take(across[rows: first..<min(first + Self.blockRows, across.rows)])
      }
    }
    left = columns.basis
    cores = turned.map {
      OrthonormalRows.joined($0, columns: columns.basis.rows).transposed
    }
  }

  /// leftᵀ · core · right in float32, row-major.
  func expanded(_ core: DoubleMatrix) -> [Float] {
    DoubleMatrix.product(left.transposed, DoubleMatrix.product(core, right)).elements.map(
      Float.init)
  }

  /// Σ cores.
  var sum: DoubleMatrix {
    var sum = DoubleMatrix(left.rows, right.rows)
    for core in cores {
      for index in sum.elements.indices { sum.elements[index] += core.elements[index] }
    }
    return sum
  }

  /// Rows that are compared with the basis at a time.
  private static let blockRows = 64

  private static func blocks(
    _ values: UnsafeBufferPointer<Float>, columns: Int
  ) -> [DoubleMatrix] {
    stride(from: 0, to: values.count, by: blockRows * columns).map { first in
      let range = first..<min(first + blockRows * columns, values.count)
      return DoubleMatrix(range.count / columns, columns, values[range].map(Double.init))
    }
  }

  private static func longestRow(of tensor: TensorDescription, _ parts: DeltaParts) throws -> Double
  {
    var longest = 0.0
    for part in 0..<parts.count where parts.holds(tensor, part: part) {
      for stretch in tensor.stretches() {
        try parts.withValues(of: stretch, part: part) { values in
          for row in 0..<stretch.rows.count {
            let range = row * tensor.columns..<(row + 1) * tensor.columns
            let values = UnsafeBufferPointer(rebasing: values[range])
            longest = max(longest, innerProduct(values, values))
          }
        }
      }
    }
    return longest.squareRoot()
  }
}
