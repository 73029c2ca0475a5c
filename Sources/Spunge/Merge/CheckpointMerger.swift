package import Tensors

/// Merges parts into one model, tensor by tensor.
///
/// Memory stays at a few megabytes a part whatever the model's size.
package struct CheckpointMerger: Sendable {
  private let base: any Checkpoint
  private let method: any MergeMethod

  package init(base: any Checkpoint, method: any MergeMethod) {
    self.base = base
    self.method = method
  }

  /// The merged difference from the base; its elements are computed when they are read.
  ///
  /// - Throws: `MergeError`, read errors.
  package func delta(_ parts: [ParameterDelta]) throws -> ParameterDelta {
    let parts = try DeltaParts(base: base, parts: parts)
    let merged = MergedDelta(parts: parts, rule: try method.rule(for: parts))
    return ParameterDelta(name: method.card.name, checkpoint: merged)
  }

  /// The merged model: base + merged difference, each element known to be finite.
  ///
  /// - Throws: `MergeError`, read errors; before anything can have been written.
  package func merge(_ parts: [ParameterDelta]) throws -> SumCheckpoint {
    let merged = try SumCheckpoint(base: base, delta: delta(parts))
    try merged.checkAllFinite()
    return merged
  }
}

/// The merged difference, computed on reading.
private struct MergedDelta: Checkpoint {
  let parts: DeltaParts
  let rule: any MergeRule
  let byName: [String: TensorDescription]

  var tensors: [TensorDescription] { parts.tensors }

  init(parts: DeltaParts, rule: any MergeRule) {
    self.parts = parts
    self.rule = rule
    byName = Dictionary(uniqueKeysWithValues: parts.tensors.map { ($0.name, $0) })
  }

  func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let tensor = byName[name] else { throw CheckpointError.missingTensor(name) }
    let start = rows.lowerBound * tensor.columns
    for stretch in tensor.stretches(of: rows) {
      let first = stretch.offset - start
      let result = UnsafeMutableBufferPointer(
        rebasing: destination[first..<first + stretch.count])
      try parts.withValues(of: stretch) { values in
        try rule.merge(values, tensor: name, offset: stretch.offset, into: result)
      }
    }
  }
}
