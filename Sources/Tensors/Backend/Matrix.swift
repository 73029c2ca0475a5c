/// A view of a row-major matrix inside a tensor's memory, which it keeps alive.
package struct Matrix {
  package let tensor: Tensor
  /// First element's offset in the tensor.
  package let offset: Int
  package let rows: Int
  package let columns: Int
  /// Elements between rows.
  package let stride: Int
  /// Whether products read it transposed.
  package var isTransposed = false

  package init(_ tensor: Tensor, offset: Int, rows: Int, columns: Int, stride: Int) {
    precondition(
      rows == 0 || columns == 0
        || offset >= 0 && offset + (rows - 1) * stride + columns <= tensor.count,
      "view [\(rows), \(columns)] from \(offset) by \(stride) leaves a tensor of shape \(tensor.shape)"
    )
    self.tensor = tensor
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// The whole tensor as `[rows, columns]`.
  package init(_ tensor: Tensor) {
    self.init(
      tensor, offset: 0, rows: tensor.rows, columns: tensor.columns, stride: tensor.columns)
  }

  /// The same elements, read as the transpose.
  package var transposed: Matrix {
    var copy = self
    copy.isTransposed.toggle()
    return copy
  }

  package var pointer: UnsafeMutablePointer<Float> { tensor.pointer + offset }
  /// Extents as products read them.
  package var operandShape: (rows: Int, columns: Int) {
    isTransposed ? (columns, rows) : (rows, columns)
  }
}
