import Tensors

/// Elements that are read at a time; small enough that the parts' buffers stay in the cache.
private let stretchElements = 1 << 17

extension TensorDescription {
  /// The same tensor, stored as float32.
  var asFloat32: TensorDescription {
    .init(name: name, shape: shape, storedType: "F32", byteCount: 4 * count)
  }
}

/// Calls `body` with successive rows of `tensor` and their number of elements until it returns
/// true.
///
/// - Returns: whether `body` returned true.
func anyStretch(
  of tensor: TensorDescription, in rows: Range<Int>? = nil,
  _ body: (Range<Int>, Int) throws -> Bool
) rethrows -> Bool {
  let columns = tensor.columns
  guard columns > 0 else { return false }
  let all = rows ?? 0..<tensor.rows
  let step = max(1, stretchElements / columns)
  var first = all.lowerBound
  while first < all.upperBound {
    let next = min(all.upperBound, first + step)
    if try body(first..<next, (next - first) * columns) { return true }
    first = next
  }
  return false
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
  // The largest magnitude's bits tell for all; an integer maximum is vectorised, a search is not.
  var largest: UInt32 = 0
  for value in values { largest = max(largest, value.bitPattern & 0x7fff_ffff) }
  guard largest >= Float.infinity.bitPattern else { return }
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
