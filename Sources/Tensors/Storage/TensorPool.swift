/// Reusable memory for short-lived tensors, returned when they are released.
///
/// A training step takes nearly the same shapes as the step before; fresh pages would be cleared by the system
/// each time, which costs as much as a cheap kernel. Batches share their memory where one is up to twice as long as the
/// other, and longer ones release that of shorter ones. For one thread, like the tensors themselves.
package final class TensorPool {
  private var free: [Int: [UnsafeMutablePointer<Float>]] = [:]

  package init() {}

  deinit {
    for (capacity, list) in free { list.forEach { Self.release($0, capacity) } }
  }

  /// A tensor with undefined elements, for results that are overwritten.
  package func tensor(_ shape: [Int]) -> Tensor {
    precondition(shape.allSatisfy { $0 >= 0 }, "negative extent in \(shape)")
    let wanted = Self.capacity(for: shape.reduce(1, *))
    let fitting = free.keys.filter { (wanted...2 * wanted).contains($0) }.min()
    if let fitting, let memory = take(fitting) {
      return Tensor(shape, memory: memory, capacity: fitting, of: self)
    }
    makeRoom(for: wanted)
    let memory = LargeMemory.allocate(byteCount: wanted * MemoryLayout<Float>.stride)
      .bindMemory(to: Float.self, capacity: wanted)
    return Tensor(shape, memory: memory, capacity: wanted, of: self)
  }

  /// A tensor of zeros, for results that are accumulated.
  package func zeros(_ shape: [Int]) -> Tensor {
    let tensor = tensor(shape)
    tensor.fill(0)
    return tensor
  }

  func takeBack(_ memory: UnsafeMutablePointer<Float>, capacity: Int) {
    free[capacity, default: []].append(memory)
  }

  private func take(_ capacity: Int) -> UnsafeMutablePointer<Float>? {
    let memory = free[capacity]?.popLast()
    if free[capacity]?.isEmpty == true { free[capacity] = nil }
    return memory
  }

  /// Gives back to the system about as much as is about to be taken from it: longer batches would leave the memory of
  /// shorter ones lying.
  private func makeRoom(for capacity: Int) {
    var released = 0
    while released < capacity, let largest = free.keys.filter({ $0 < capacity }).max(),
      largest >= LargeMemory.leastBytes / MemoryLayout<Float>.stride, let memory = take(largest)
    {
      Self.release(memory, largest)
      released += largest
    }
  }

  private static func release(_ memory: UnsafeMutablePointer<Float>, _ capacity: Int) {
    LargeMemory.release(memory, byteCount: capacity * MemoryLayout<Float>.stride)
  }

  /// Floats set aside for `count` elements: a few sizes an octave, so that batches of similar length share.
  private static func capacity(for count: Int) -> Int {
    let least = max(count, 16)
    let step = max(16, 1 << (Int.bitWidth - least.leadingZeroBitCount - 4))
    return (least + step - 1) / step * step
  }
}
