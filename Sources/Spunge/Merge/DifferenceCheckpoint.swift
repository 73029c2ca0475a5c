package import Tensors

/// tuned − base of two checkpoints, streamed.
///
/// Holds only tensors that differ in at least one element.
package struct DifferenceCheckpoint: Checkpoint {
  package let tensors: [TensorDescription]
  private let base: any Checkpoint
  private let tuned: any Checkpoint

  /// Compares the checkpoints once, reading both.
  ///
  /// - Parameter name: what messages call `tuned`.
  /// - Throws: `MergeError` for a tensor that `base` does not have or has in another shape; read
  ///   errors.
  package init(name: String, base: any Checkpoint, tuned: any Checkpoint) throws {
    self.base = base
    self.tuned = tuned
    _ = try checkedNames(of: tuned, part: name, against: base)
    let all = tuned.tensors
    let differ = try parallelMap(all.count) { index in
      try all[index].stretches().contains { stretch in
        try withScratch(2, stretch.count) { buffers in
          try base.read(stretch.tensor.name, rows: stretch.rows, into: buffers[0])
          try tuned.read(stretch.tensor.name, rows: stretch.rows, into: buffers[1])
          return (0..<stretch.count).contains { buffers[0][$0] != buffers[1][$0] }
        }
      }
    }
    tensors = zip(all, differ).filter(\.1).map(\.0.asFloat32)
  }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    try tuned.read(name, rows: rows, into: destination)
    try withScratch(1, destination.count) { buffers in
      try base.read(name, rows: rows, into: buffers[0])
      for index in destination.indices { destination[index] -= buffers[0][index] }
    }
  }
}

/// base + delta, streamed; every element that is read is checked to be finite.
package struct SumCheckpoint: Checkpoint {
  package let tensors: [TensorDescription]
  /// The tensors of the base that the delta changes.
  package let changed: [TensorDescription]
  private let base: any Checkpoint
  private let delta: ParameterDelta
  private let changedNames: Set<String>

  /// - Throws: `MergeError` for a tensor that `base` does not have or has in another shape.
  package init(base: any Checkpoint, delta: ParameterDelta) throws {
    self.base = base
    self.delta = delta
    let names = try checkedNames(of: delta.checkpoint, part: delta.name, against: base)
    changedNames = names
    tensors = base.tensors.map { names.contains($0.name) ? $0.asFloat32 : $0 }
    changed = tensors.filter { names.contains($0.name) }
  }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    try base.read(name, rows: rows, into: destination)
    guard changedNames.contains(name), !destination.isEmpty else { return }
    try withScratch(1, destination.count) { buffers in
      try delta.checkpoint.read(name, rows: rows, into: buffers[0])
      for index in destination.indices { destination[index] += buffers[0][index] }
    }
    let columns = destination.count / max(rows.count, 1)
    try checkFinite(
      UnsafeBufferPointer(destination), tensor: name, offset: rows.lowerBound * columns,
      part: "base + \(delta.name)")
  }

  package func copyStored(
    _ name: String, as format: FloatFormat, to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    guard !changedNames.contains(name) else { return false }
    return try base.copyStored(name, as: format, to: body)
  }

  /// Reads every changed tensor once, so that nothing is written when an element is not finite.
  ///
  /// - Throws: `MergeError.notFinite` with tensor and index.
  package func checkAllFinite() throws {
    let stretches = changed.flatMap { $0.stretches() }
    _ = try parallelAccumulate(stretches.count, {}) { _, index in
      let stretch = stretches[index]
      try withScratch(1, stretch.count) { buffers in
        try read(stretch.tensor.name, rows: stretch.rows, into: buffers[0])
      }
    }
  }
}

/// Names of `checkpoint`'s tensors, all of which `base` has in the same shape.
private func checkedNames(
  of checkpoint: any Checkpoint, part: String, against base: any Checkpoint
) throws -> Set<String> {
  let shapes = Dictionary(base.tensors.map { ($0.name, $0.shape) }) { first, _ in first }
  for tensor in checkpoint.tensors {
    try checkShape(of: tensor, part: part, against: shapes)
  }
  return Set(checkpoint.tensors.map(\.name))
}
