/// The tensors of two checkpoints; the first takes precedence for names that both have.
package struct JoinedCheckpoint: Checkpoint {
  private let first: any Checkpoint
  private let second: any Checkpoint

  package init(_ first: any Checkpoint, _ second: any Checkpoint) {
    (self.first, self.second) = (first, second)
  }

  package var tensors: [TensorDescription] { first.tensors + second.tensors }

  package func description(of name: String) -> TensorDescription? {
    first.description(of: name) ?? second.description(of: name)
  }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let holder = first.description(of: name) == nil ? second : first
    try holder.read(name, rows: rows, into: destination)
  }
}
