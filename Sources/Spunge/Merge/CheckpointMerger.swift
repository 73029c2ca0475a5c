package import Tensors

/// Whether changes are negated before or after they are merged, for methods that negate what was
/// learned.
///
/// Methods differ in it only where they treat plus and minus differently: TIES in PEFT's and
/// mergekit's dialects elects plus where the sum is zero.
package enum NegationOrder: String, SettingsChoice {
  /// Merges the negated changes, as the paper does.
  case negateThenMerge = "negate_then_merge"
  /// Merges what was learned and negates the result.
  case mergeThenNegate = "merge_then_negate"
}

/// Merges parts into one model, tensor by tensor.
///
/// Memory stays at a few megabytes a part whatever the model's size, and 128 MB where trimming ranks tensor by tensor. Methods
/// that look at singular directions hold a merged tensor or two, and what parts change in one tensor in double precision: little
/// where changes have a low rank, several times the parts' tensors where they have full rank.
package struct CheckpointMerger: Sendable {
  private let base: any Checkpoint
  private let method: any MergeMethod
  private let order: NegationOrder

  package init(
    base: any Checkpoint, method: any MergeMethod, order: NegationOrder = .negateThenMerge
  ) {
    self.base = base
    self.method = method
    self.order = order
  }

  /// The merged difference from the base; its elements are computed when they are read.
  ///
  /// - Parameter parts: what unlearning changed; where it negates, these are negated already.
  /// - Throws: `MergeError`, read errors.
  package func delta(_ parts: [ParameterDelta]) throws -> ParameterDelta {
    let (parts, rule) = try prepare(parts)
    let merged = ParameterDelta(
      name: methodName, checkpoint: MergedDelta(parts: parts, rule: rule))
    return order == .mergeThenNegate ? merged.negated : merged
  }

  /// The parts as the method sees them, and what it makes of their elements.
  func prepare(_ parts: [ParameterDelta]) throws -> (parts: DeltaParts, rule: any MergeRule) {
    let parts = try DeltaParts(
      base: base, parts: order == .mergeThenNegate ? parts.map(\.negated) : parts)
    try method.check(parts: parts.count)
    return (parts, try method.rule(for: parts))
  }

  var methodName: String { method.card.name }

  /// The merged model: base + merged difference, each element checked when it is read.
  ///
  /// - Throws: `MergeError`, read errors.
  package func merge(_ parts: [ParameterDelta]) throws -> SumCheckpoint {
    try SumCheckpoint(base: base, delta: delta(parts))
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
