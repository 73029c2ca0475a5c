package import Tensors

/// Elements that are read at a time; small enough that the parts' buffers stay in the cache.
private let stretchElements = 1 << 17

/// Some successive rows of a tensor.
package struct Stretch: Sendable {
  package let tensor: TensorDescription
  package let rows: Range<Int>

  /// Index of the first element in the tensor.
  package var offset: Int { rows.lowerBound * tensor.columns }
  /// Number of elements.
  package var count: Int { rows.count * tensor.columns }
}

extension TensorDescription {
  /// Pieces of `rows`, or of the whole tensor, in order.
  func stretches(of rows: Range<Int>? = nil) -> [Stretch] {
    guard columns > 0 else { return [] }
    let all = rows ?? 0..<self.rows
    let step = max(1, stretchElements / columns)
    return stride(from: all.lowerBound, to: all.upperBound, by: step).map { first in
      Stretch(tensor: self, rows: first..<min(all.upperBound, first + step))
    }
  }
}

/// Lends `number` uninitialised buffers of `count` elements to `body`.
func withScratch<Result>(
  _ number: Int, _ count: Int, _ body: ([UnsafeMutableBufferPointer<Float>]) throws -> Result
) rethrows -> Result {
  let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(1, number * count))
  defer { memory.deallocate() }
  let buffers = (0..<number).map {
    UnsafeMutableBufferPointer(rebasing: memory[$0 * count..<($0 + 1) * count])
  }
  return try body(buffers)
}

/// Throws `MergeError.notFinite` for the first element that is infinite or not a number.
func checkFinite(
  _ values: UnsafeBufferPointer<Float>, tensor: String, offset: Int, part: String
) throws {
  // The largest magnitude tells for all.
  guard !MergingKernels.allFinite(values) else { return }
  for (index, value) in values.enumerated() where !value.isFinite {
    throw MergeError.notFinite(tensor: tensor, index: offset + index, value: value, part: part)
  }
}

/// Throws unless the base has `tensor` in the same shape.
func checkShape(
  of tensor: TensorDescription, part: String, against base: [String: [Int]]
) throws(MergeError) {
  guard let shape = base[tensor.name] else {
    throw .unknownTensor(tensor.name, part: part)
  }
  guard shape == tensor.shape else {
    throw .wrongShape(tensor.name, part: part, shape: tensor.shape, base: shape)
  }
}
