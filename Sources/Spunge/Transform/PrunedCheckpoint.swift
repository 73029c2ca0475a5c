import Formats
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
    guard pruned > 0 else { return .keepAll }
    let kept = tensor.count - pruned
    guard kept > 0 else { return .keepNone }
    let rank = try magnitudeRank(kept) { empty in
      var histogram = empty
      try forEachChunk(of: tensor) { values, _ in
        histogram.add(values)
        return true
      }
      return histogram
    }
    var tiesLeft = kept - rank.larger
    guard tiesLeft < rank.equal else {
      return MagnitudeCut(magnitude: rank.magnitude, lastTie: .max)
    }
    var lastTie = 0
    try forEachChunk(of: tensor) { values, offset in
      for (index, value) in values.enumerated() where abs(value) == rank.magnitude {
        tiesLeft -= 1
        lastTie = offset + index
        if tiesLeft == 0 { return false }
      }
      return true
    }
    return MagnitudeCut(magnitude: rank.magnitude, lastTie: lastTie)
  }

  /// Calls `body` with successive rows' values and the first one's index, until it returns false.
  private func forEachChunk(
    of tensor: TensorDescription, _ body: (UnsafeBufferPointer<Float>, Int) throws -> Bool
  ) throws {
    let step = max(1, (1 << 20) / max(tensor.columns, 1))
    let chunk = UnsafeMutableBufferPointer<Float>.allocate(
      capacity: min(step, tensor.rows) * tensor.columns)
    defer { chunk.deallocate() }
    for first in stride(from: 0, to: tensor.rows, by: step) {
      let rows = first..<min(first + step, tensor.rows)
      let values = UnsafeMutableBufferPointer(rebasing: chunk[..<(rows.count * tensor.columns)])
      try original.read(tensor.name, rows: rows, into: values)
      guard try body(UnsafeBufferPointer(values), first * tensor.columns) else { return }
    }
  }
}
