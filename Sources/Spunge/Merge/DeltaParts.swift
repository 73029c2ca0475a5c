package import Tensors

/// The differences that are merged, as a merge method sees them: equal tensor sets, equal shapes.
///
/// A tensor that some part lacks counts as zero there.
package struct DeltaParts: Sendable {
  package let base: any Checkpoint
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
    self.base = base
    self.parts = parts
    held = parts.map { Set($0.checkpoint.tensors.map(\.name)) }
    tensors = union.values.sorted { $0.name < $1.name }
    modelCount = base.tensors.reduce(0) { $0 + $1.count }
  }

  /// Whether part number `part` has the tensor; otherwise it is zero there.
  func holds(_ tensor: TensorDescription, part: Int) -> Bool { held[part].contains(tensor.name) }

  /// Lends one part's values of a stretch to `body`.
  ///
  /// - Throws: `MergeError.notFinite`, read errors, and what `body` throws.
  func withValues<Result>(
    of stretch: Stretch, part: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try withScratch(1, stretch.count) { buffers in
      try read(stretch, part: part, into: buffers[0])
      return try body(UnsafeBufferPointer(buffers[0]))
    }
  }

  /// Lends every part's values of a stretch to `body`, which may overwrite them.
  ///
  /// - Throws: `MergeError.notFinite`, read errors, and what `body` throws.
  func withValues<Result>(
    of stretch: Stretch, _ body: ([UnsafeMutableBufferPointer<Float>]) throws -> Result
  ) throws -> Result {
    try withScratch(parts.count, stretch.count) { buffers in
      for part in parts.indices { try read(stretch, part: part, into: buffers[part]) }
      return try body(buffers)
    }
  }

  /// One part's values of a whole tensor, row-major.
  ///
  /// - Throws: `MergeError.notFinite`, read errors.
  func values(of tensor: TensorDescription, part: Int) throws -> [Float] {
    guard tensor.count > 0 else { return [] }
    let whole = Stretch(tensor: tensor, rows: 0..<tensor.rows)
    return try withValues(of: whole, part: part) { Array($0) }
  }

  private func read(
    _ stretch: Stretch, part: Int, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard holds(stretch.tensor, part: part) else {
      destination.initialize(repeating: 0)
      return
    }
    let name = stretch.tensor.name
    try parts[part].checkpoint.read(name, rows: stretch.rows, into: destination)
    try checkFinite(
      UnsafeBufferPointer(destination), tensor: name, offset: stretch.offset,
      part: parts[part].name)
  }
}
