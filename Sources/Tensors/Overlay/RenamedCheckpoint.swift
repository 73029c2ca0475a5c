/// Tensors of a checkpoint under other names; several names may refer to one tensor, and tensors may be left out.
package struct RenamedCheckpoint: Checkpoint {
  package let tensors: [TensorDescription]
  private let original: any Checkpoint
  private let homes: [String: (description: TensorDescription, original: String)]

  /// - Parameter names: the new name of each tensor and the one that it has in `original`, in order; new names must
  ///   differ, and a tensor that `original` lacks is left out.
  package init(_ original: any Checkpoint, names: [(new: String, original: String)]) {
    var homes: [String: (description: TensorDescription, original: String)] = [:]
    var tensors: [TensorDescription] = []
    for name in names {
      guard let found = original.description(of: name.original) else { continue }
      let description = TensorDescription(
        name: name.new, shape: found.shape, storedType: found.storedType,
        byteCount: found.byteCount)
      precondition(homes[name.new] == nil, "'\(name.new)' twice")
      homes[name.new] = (description, name.original)
      tensors.append(description)
    }
    (self.original, self.homes, self.tensors) = (original, homes, tensors)
  }

  package func description(of name: String) -> TensorDescription? { homes[name]?.description }

  package func file(of name: String) -> String? {
    homes[name].flatMap { original.file(of: $0.original) }
  }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let home = homes[name] else { throw CheckpointError.missingTensor(name) }
    try original.read(home.original, rows: rows, into: destination)
  }

  package func copyStored(
    _ name: String, as format: FloatFormat, to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    guard let home = homes[name] else { throw CheckpointError.missingTensor(name) }
    return try original.copyStored(home.original, as: format, to: body)
  }
}
