/// A checkpoint of which every element is multiplied by one factor.
package struct ScaledCheckpoint: Checkpoint {
  private let original: any Checkpoint
  private let factor: Float

  package var tensors: [TensorDescription] { original.tensors }

  package init(_ original: any Checkpoint, by factor: Float) {
    self.original = original
    self.factor = factor
  }

  package func description(of name: String) -> TensorDescription? {
    original.description(of: name)
  }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    try original.read(name, rows: rows, into: destination)
    for index in destination.indices { destination[index] *= factor }
  }
}
