/// Reusable memory for short-lived tensors, returned when they are released.
///
/// Training steps need the same shapes again and again; fresh pages would be cleared by the system each time, which
/// costs as much as a cheap kernel. Single-threaded, like the tensors themselves.
package final class TensorPool {
  private var free: [Int: [UnsafeMutablePointer<Float>]] = [:]

  package init() {}

  deinit {
    for pointer in free.values.joined() { UnsafeMutableRawPointer(pointer).deallocate() }
  }

  /// A tensor with undefined elements, for results that are overwritten.
  package func tensor(_ shape: [Int]) -> Tensor {
    precondition(shape.allSatisfy { $0 >= 0 }, "negative extent in \(shape)")
    let capacity = Self.capacity(for: shape.reduce(1, *))
    let memory =
      free[capacity]?.popLast()
      ?? UnsafeMutableRawPointer.allocate(byteCount: capacity * 4, alignment: 64)
      .bindMemory(to: Float.self, capacity: capacity)
    return Tensor(shape, memory: memory, of: self)
  }

  /// A tensor of zeros, for results that are accumulated.
  package func zeros(_ shape: [Int]) -> Tensor {
    let tensor = tensor(shape)
    tensor.fill(0)
    return tensor
  }

  func takeBack(_ memory: UnsafeMutablePointer<Float>, count: Int) {
    free[Self.capacity(for: count), default: []].append(memory)
  }

  /// Capacity for `count` elements: a few sizes per octave, so that batches of similar length share memory.
  static func capacity(for count: Int) -> Int {
    let least = max(count, 16)
    let step = max(16, 1 << (Int.bitWidth - least.leadingZeroBitCount - 4))
    return (least + step - 1) / step * step
  }
}
