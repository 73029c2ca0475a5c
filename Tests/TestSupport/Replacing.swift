package import Tensors

extension Checkpoint {
  /// A copy in memory, with the tensors of `changed` in place of those of the same names.
  package func replacing(_ changed: any Checkpoint) throws -> MemoryCheckpoint {
    MemoryCheckpoint(
      try tensors.map { tensor in
        let source: any Checkpoint = changed.description(of: tensor.name) == nil ? self : changed
        return (name: tensor.name, tensor: try source.tensor(tensor.name))
      })
  }
}
