package import Tensors

/// The differences that are merged, as a merge method sees them: equal tensor sets, equal shapes.
///
/// A tensor that some part lacks counts as zero there.
package struct DeltaParts: Sendable {
  package let parts: [ParameterDelta]
  /// Every tensor that at least one part holds, sorted by name.
  package let tensors: [TensorDescription]
  /// Number of elements of the whole base, changed or not.
  package let modelCount: Int
  private let held: [Set<String>]

  /// Number of parts.
  package var count: Int { parts.count }

  /// - Throws: `MergeError` for no parts, a tensor unknown to `base` or one of another shape.
  package init(base: any Checkpoint, parts: [ParameterDelta]) throws {
    guard !parts.isEmpty else { throw MergeError.noParts }
    let shapes = Dictionary(base.tensors.map { ($0.name, $0.shape) }) { first, _ in first }
    var union: [String: TensorDescription] = [:]
    for part in parts {
      for tensor in part.checkpoint.tensors {
        try checkShape(of: tensor, part: part.name, against: shapes)
        union[tensor.name] = tensor.asFloat32
      }
    }
    self.parts = parts
    held = parts.map { Set($0.checkpoint.tensors.map(\.name)) }
    tensors = union.values.sorted { $0.name < $1.name }
    modelCount = base.tensors.reduce(0) { $0 + $1.count }
  }

  /// Whether part number `part` has the tensor; otherwise it is zero there.
  func holds(_ tensor: TensorDescription, part: Int) -> Bool { held[part].contains(tensor.name) }

  /// Calls `body` with successive stretches of `tensor` in one part; not at all if it lacks it.
  ///
  /// - Throws: `MergeError.notFinite`, read errors, and what `body` throws.
  func forEachStretch(
    of tensor: TensorDescription, part: Int,
    _ body: (Int, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    guard holds(tensor, part: part) else { return }
    _ = try anyStretch(of: tensor) { rows, count in
      try withScratch(1, count) { buffers in
        try read(tensor, part: part, rows: rows, into: buffers[0])
        try body(rows.lowerBound * tensor.columns, UnsafeBufferPointer(buffers[0]))
        return false
      }
    }
  }

  /// Calls `body` with successive stretches of `tensor`, the same one of every part.
  ///
  /// - Throws: `MergeError.notFinite`, read errors, and what `body` throws.
  func forEachStretch(
    of tensor: TensorDescription, rows: Range<Int>? = nil,
    _ body: (Int, [UnsafeMutableBufferPointer<Float>]) throws -> Void
  ) throws {
    _ = try anyStretch(of: tensor, in: rows) { rows, count in
      try withScratch(parts.count, count) { buffers in
        for part in parts.indices {
          try read(tensor, part: part, rows: rows, into: buffers[part])
        }
        try body(rows.lowerBound * tensor.columns, buffers)
        return false
      }
    }
  }

  private func read(
    _ tensor: TensorDescription, part: Int, rows: Range<Int>,
    into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard holds(tensor, part: part) else {
      destination.initialize(repeating: 0)
      return
    }
    try parts[part].checkpoint.read(tensor.name, rows: rows, into: destination)
    try checkFinite(
      UnsafeBufferPointer(destination), tensor: tensor.name,
      offset: rows.lowerBound * tensor.columns, part: parts[part].name)
  }
}
