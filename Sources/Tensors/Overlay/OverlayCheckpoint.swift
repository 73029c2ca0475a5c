/// A base checkpoint in which some tensors are replaced.
package struct OverlayCheckpoint: Checkpoint {
  private let base: any Checkpoint
  private let changed: any Checkpoint
  package let tensors: [TensorDescription]

  /// Names of the replaced tensors, in the order of `changed`.
  package var changedNames: [String] { changed.tensors.map(\.name) }

  /// Lays `changed` over `base`.
  ///
  /// - Throws: `OverlayError` unless every changed tensor is in `base` with the same shape; all problems at
  ///   once.
  package init(base: any Checkpoint, changed: any Checkpoint) throws(OverlayError) {
    var problems: [OverlayError.Problem] = []
    for tensor in changed.tensors {
      guard let original = base.description(of: tensor.name) else {
        problems.append(.notInBase(tensor.name))
        continue
      }
      if original.shape != tensor.shape {
        problems.append(.shape(tensor.name, base: original.shape, changed: tensor.shape))
      }
    }
    guard problems.isEmpty else { throw OverlayError(problems: problems) }
    (self.base, self.changed) = (base, changed)
    tensors = base.tensors.map { changed.description(of: $0.name) ?? $0 }
  }

  package func description(of name: String) -> TensorDescription? {
    changed.description(of: name) ?? base.description(of: name)
  }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    try source(of: name).read(name, rows: rows, into: destination)
  }

  package func copyStored(
    _ name: String, as format: FloatFormat, to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    try source(of: name).copyStored(name, as: format, to: body)
  }

  private func source(of name: String) -> any Checkpoint {
    changed.description(of: name) == nil ? base : changed
  }
}

/// Changed tensors that do not belong to their base checkpoint.
package struct OverlayError: Error, CustomStringConvertible {
  /// One tensor that does not fit.
  package enum Problem: Sendable, Hashable {
    case notInBase(String)
    case shape(String, base: [Int], changed: [Int])
  }
  package let problems: [Problem]

  package var description: String {
    let lines = problems.map { problem in
      switch problem {
      case .notInBase(let name): "'\(name)' is not in the base"
      case .shape(let name, let base, let changed):
        "'\(name)' has shape \(changed) but \(base) in the base"
      }
    }
    return "the changed tensors belong to another model than the base: "
      + lines.joined(separator: "; ")
  }
}
