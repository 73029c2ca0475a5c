import Synchronization
import Tensors

/// A checkpoint of which some tensors are read with their smallest weights as zero.
final class PrunedCheckpoint: Checkpoint {
  private let original: any Checkpoint
  private let names: Set<String>
  private let share: Double
  /// What is kept of each tensor that has been read.
  private let cuts = Mutex<[String: MagnitudeCut]>([:])

  var tensors: [TensorDescription] { original.tensors }

  /// - Parameter share: of each tensor's weights, 0 to 1: the smallest in magnitude go, of equal ones the last.
  init(_ original: any Checkpoint, tensors: Set<String>, share: Double) {
    self.original = original
    names = tensors
    self.share = share
  }

  func description(of name: String) -> TensorDescription? { original.description(of: name) }

  func file(of name: String) -> String? {
    names.contains(name) ? nil : original.file(of: name)
  }

  func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    try original.read(name, rows: rows, into: destination)
    guard names.contains(name), let tensor = original.description(of: name) else { return }
    try cut(tensor).trim(destination, offset: rows.lowerBound * tensor.columns)
  }

  private func cut(_ tensor: TensorDescription) throws -> MagnitudeCut {
    if let known = cuts.withLock({ $0[tensor.name] }) { return known }
    // Two threads may find the same one: neither waits for the other's reading.
    let found = try findCut(tensor)
    cuts.withLock { $0[tensor.name] = found }
    return found
  }

  private func findCut(_ tensor: TensorDescription) throws -> MagnitudeCut {
    let pruned = Int((share * Double(tensor.count)).rounded(.toNearestOrEven))
    return try .keeping(tensor.count - pruned, of: tensor) { [original] stretch, body in
      try withScratch(1, stretch.count) { buffers in
        try original.read(stretch.tensor.name, rows: stretch.rows, into: buffers[0])
        try body(UnsafeBufferPointer(buffers[0]))
      }
    }
  }
}
