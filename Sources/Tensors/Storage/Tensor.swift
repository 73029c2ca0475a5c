/// A contiguous, row-major float32 array that owns its memory.
///
/// A reference type and deliberately not `Sendable`: capturing one in concurrent code does not compile.
package final class Tensor {
  /// Extents, slowest first, for example `[T, D]`.
  package let shape: [Int]
  /// The `count` elements, 64-byte aligned.
  package let elements: UnsafeMutableBufferPointer<Float>

  /// Floats that the memory has room for.
  private let capacity: Int
  private let pool: TensorPool?

  /// Number of elements.
  package var count: Int { elements.count }
  /// Extent of the first dimension; 1 for a scalar.
  package var rows: Int { shape.first ?? 1 }
  /// Elements in one row: the product of all extents but the first.
  package var columns: Int { rows == 0 ? 0 : count / rows }
  /// Address of the first element.
  package var pointer: UnsafeMutablePointer<Float> { elements.baseAddress.unsafelyUnwrapped }

  /// Allocates `shape` with every element zero.
  package init(_ shape: [Int]) {
    precondition(shape.allSatisfy { $0 >= 0 }, "negative extent in \(shape)")
    self.shape = shape
    let count = shape.reduce(1, *)
    capacity = max(count, 1)
    let typed = LargeMemory.allocate(byteCount: capacity * MemoryLayout<Float>.stride)
      .bindMemory(to: Float.self, capacity: capacity)
    typed.initialize(repeating: 0, count: capacity)
    elements = UnsafeMutableBufferPointer(start: typed, count: count)
    pool = nil
  }

  /// Takes over `memory` of a pool, to which it goes back; the elements are whatever lies there.
  init(
    _ shape: [Int], memory: UnsafeMutablePointer<Float>, capacity: Int, of pool: TensorPool
  ) {
    self.shape = shape
    self.capacity = capacity
    elements = UnsafeMutableBufferPointer(start: memory, count: shape.reduce(1, *))
    self.pool = pool
  }

  /// Allocates `shape` and copies `values`, row-major.
  package convenience init(_ shape: [Int], _ values: [Float]) {
    self.init(shape)
    precondition(values.count == count, "\(values.count) values for shape \(shape)")
    _ = elements.update(fromContentsOf: values)
  }

  deinit {
    if let pool {
      pool.takeBack(pointer, capacity: capacity)
    } else {
      LargeMemory.release(pointer, byteCount: capacity * MemoryLayout<Float>.stride)
    }
  }

  /// A copy of all elements, row-major.
  package var values: [Float] { Array(elements) }

  /// Sets every element to `value`.
  package func fill(_ value: Float) { elements.update(repeating: value) }

  /// An independent tensor with the same shape and elements.
  package func copy() -> Tensor {
    let result = Tensor(shape)
    _ = result.elements.update(fromContentsOf: elements)
    return result
  }

  package subscript(index: Int) -> Float {
    get { elements[index] }
    set { elements[index] = newValue }
  }
}
