/// An orthonormal basis of the rows that it was shown, grown row by row (Gram–Schmidt).
///
/// What a row adds to the basis counts only above `cut`: rounding must not become a direction.
package struct OrthonormalRows: Sendable {
  /// The basis, one vector a row.
  package private(set) var basis: DoubleMatrix
  /// Length of a remainder that still counts as zero.
  private let cut: Double

  /// - Parameters:
  ///   - columns: length of the rows.
  ///   - cut: length of a remainder that still counts as zero; not negative.
  package init(columns: Int, cut: Double) {
    basis = DoubleMatrix(0, columns)
    self.cut = cut
  }

  /// Coordinates of all rows of `matrix` in a basis that they span.
  package static func factors(
    of matrix: DoubleMatrix, cut: Double
  ) -> (coordinates: DoubleMatrix, basis: DoubleMatrix) {
    var rows = OrthonormalRows(columns: matrix.columns, cut: cut)
    let step = 64
    let pieces = stride(from: 0, to: matrix.rows, by: step).map { first in
      rows.take(matrix[rows: first..<min(first + step, matrix.rows)])
    }
    return (Self.joined(pieces, columns: rows.basis.rows), rows.basis)
  }

  /// Coordinates that were found while the basis still grew, one below the other.
  package static func joined(_ pieces: [[[Double]]], columns: Int) -> DoubleMatrix {
    let rows = pieces.reduce(0) { $0 + $1.count }
    var result: [Double] = []
    result.reserveCapacity(rows * columns)
    for row in pieces.joined() {
      result += row
      result += repeatElement(0, count: columns - row.count)
    }
    return DoubleMatrix(rows, columns, result)
  }

  /// Extends the basis by what is new in `block`.
  ///
  /// - Returns: the rows' coordinates, as many a row as the basis had vectors then.
  package mutating func take(_ block: DoubleMatrix) -> [[Double]] {
    var rest = block
    var known = DoubleMatrix(block.rows, basis.rows)
    // The second time removes what rounding left of the first.
    for _ in 0..<2 where rest.rowSquares.contains(where: { $0.squareRoot() > cut }) {
      Self.remove(basis, from: &rest, &known)
    }
    var fresh = DoubleMatrix(0, basis.columns)
    let coordinates = (0..<block.rows).map { index in
      var row = rest[rows: index..<index + 1]
      var old = known[rows: index..<index + 1]
      let length = Self.length(row)
      guard length > cut else { return old.elements }
      var new = DoubleMatrix(1, fresh.rows)
      for _ in 0..<2 { Self.remove(fresh, from: &row, &new) }
      // Of a short remainder of a long row, the old basis's rounding is a larger part.
      if Self.length(row) < length / 10 {
        Self.remove(basis, from: &row, &old)
        Self.remove(fresh, from: &row, &new)
      }
      let remainder = Self.length(row)
      guard remainder > cut, basis.rows + fresh.rows < basis.columns else {
        return old.elements + new.elements
      }
      fresh.append(row.scalingRows(by: [1 / remainder]))
      return old.elements + new.elements + [remainder]
    }
    basis.append(fresh)
    return coordinates
  }

  /// Takes from every row its part in `basis`, which is added to the coordinates.
  private static func remove(
    _ basis: DoubleMatrix, from rows: inout DoubleMatrix, _ coordinates: inout DoubleMatrix
  ) {
    let part = DoubleMatrix.rowProducts(rows, basis)
    rows.add(part, times: basis, sign: -1)
    for index in part.elements.indices { coordinates.elements[index] += part.elements[index] }
  }

  private static func length(_ row: DoubleMatrix) -> Double { row.rowSquares[0].squareRoot() }
}
