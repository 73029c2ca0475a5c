import CKernels

/// Input rows of a packed product, stored in its compute type.
package final class Rows {
  package let columns: Int
  /// Row stride: an odd number of cache lines, so that rows do not compete for the same cache sets.
  let stride: Int
  private let computeType: ComputeType
  private let floats: Tensor
  private let halves: UnsafeMutablePointer<UInt16>
  private let capacity: Int

  /// - Parameter capacity: maximum number of rows.
  package init(capacity: Int, columns: Int, computeType: ComputeType) {
    self.capacity = capacity
    self.columns = columns
    self.computeType = computeType
    let line = computeType == .float32 ? 16 : 32
    stride = ((columns + line - 1) / line | 1) * line
    let room = capacity * stride
    floats = Tensor([computeType == .float32 ? room : 0])
    halves = .allocate(capacity: computeType == .bfloat16 ? room : 1)
    halves.initialize(repeating: 0, count: computeType == .bfloat16 ? room : 1)
  }

  deinit { halves.deallocate() }

  /// Copies one row of float32 values, rounding to the compute dtype.
  package func set(row: Int, from values: UnsafePointer<Float>) {
    set(row: row, columns: 0..<columns, from: values)
  }

  /// Copies a part of a row.
  package func set(row: Int, columns part: Range<Int>, from values: UnsafePointer<Float>) {
    precondition(
      row < capacity && part.upperBound <= columns, "row \(row), \(part) of \(capacity), \(columns)"
    )
    let first = row * stride + part.lowerBound
    switch computeType {
    case .float32: (floats.pointer + first).update(from: values, count: part.count)
    case .bfloat16: sk_toBFloat16(halves + first, values, Int64(part.count))
    }
  }

  /// 1 where kernels find bfloat16 numbers, else 0.
  var isHalf: Int32 { computeType == .bfloat16 ? 1 : 0 }

  func address(ofRow row: Int, column: Int = 0) -> UnsafeMutableRawPointer {
    precondition(row < capacity && column < columns, "\(row), \(column) of \(capacity), \(columns)")
    switch computeType {
    case .float32: return UnsafeMutableRawPointer(floats.pointer + row * stride + column)
    case .bfloat16: return UnsafeMutableRawPointer(halves + row * stride + column)
    }
  }
}
