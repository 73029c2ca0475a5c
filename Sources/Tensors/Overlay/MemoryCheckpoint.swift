/// Tensors held in memory as float32.
///
/// `@unchecked Sendable` holds because this only reads the tensors, which must not be written to while it is in use.
package struct MemoryCheckpoint: Checkpoint, @unchecked Sendable {
  package let tensors: [TensorDescription]
  private let contents: [String: (description: TensorDescription, tensor: Tensor)]

  /// - Parameter tensors: the tensors themselves, not copies, in order; names must differ.
  package init(_ tensors: [(name: String, tensor: Tensor)]) {
    var contents: [String: (description: TensorDescription, tensor: Tensor)] = [:]
    self.tensors = tensors.map { name, tensor in
      let description = TensorDescription(
        name: name, shape: tensor.shape, storedType: DType.float32.rawValue,
        byteCount: tensor.count * 4)
      precondition(contents[name] == nil, "'\(name)' twice")
      contents[name] = (description, tensor)
      return description
    }
    self.contents = contents
  }

  /// - Parameter tensors: name, shape and row-major values of each tensor, in order; names must differ.
  package init(_ tensors: [(name: String, shape: [Int], values: [Float])]) {
    self.init(tensors.map { (name: $0.name, tensor: Tensor($0.shape, $0.values)) })
  }

  package func description(of name: String) -> TensorDescription? { contents[name]?.description }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let description = try checkedDescription(of: name, rows: rows, count: destination.count)
    guard let tensor = contents[name]?.tensor else { throw CheckpointError.missingTensor(name) }
    let begin = rows.lowerBound * description.columns
    _ = destination.update(fromContentsOf: tensor.elements[begin..<begin + destination.count])
  }

  package func copyStored(
    _ name: String, as format: FloatFormat, to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    guard format == .float32, let tensor = contents[name]?.tensor else { return false }
    try body(UnsafeRawBufferPointer(tensor.elements))
    return true
  }
}
