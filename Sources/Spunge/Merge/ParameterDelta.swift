package import Tensors

/// What unlearning leaves behind: for each changed parameter, tuned − base.
///
/// Parameters that did not change need not be there; they count as zero.
package struct ParameterDelta: Sendable {
  /// What the difference belongs to, for messages and tables, for example a part's name.
  package let name: String
  /// The differences as float32 tensors under the base's parameter names, in memory or on disk.
  package let checkpoint: any Checkpoint

  package init(name: String, checkpoint: any Checkpoint) {
    self.name = name
    self.checkpoint = checkpoint
  }

  /// The difference of two checkpoints, read when it is needed.
  ///
  /// - Throws: `MergeError` for a tensor that `base` does not have or has in another shape.
  package init(name: String, base: any Checkpoint, tuned: any Checkpoint) throws {
    self.init(
      name: name, checkpoint: try DifferenceCheckpoint(name: name, base: base, tuned: tuned))
  }

  /// The opposite change.
  package var negated: ParameterDelta {
    ParameterDelta(name: name, checkpoint: ScaledCheckpoint(checkpoint, by: -1))
  }

  /// Whether no parameter changes; reads as far as the first element that does.
  package var isZero: Bool {
    get throws {
      try checkpoint.tensors.flatMap { $0.stretches() }.allSatisfy { stretch in
        try withScratch(1, stretch.count) { buffers in
          try checkpoint.read(stretch.tensor.name, rows: stretch.rows, into: buffers[0])
          return buffers[0].prefix(stretch.count).allSatisfy { $0 == 0 }
        }
      }
    }
  }
}
