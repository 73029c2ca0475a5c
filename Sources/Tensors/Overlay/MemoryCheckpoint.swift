/// Tensors held in memory as float32.
package struct MemoryCheckpoint: Checkpoint {
  package let tensors: [TensorDescription]
  private let contents: [String: (description: TensorDescription, values: [Float])]

  /// - Parameter tensors: name, shape and row-major values of each tensor, in order; names must differ.
  package init(_ tensors: [(name: String, shape: [Int], values: [Float])]) {
    var contents: [String: (description: TensorDescription, values: [Float])] = [:]
    self.tensors = tensors.map { tensor in
      let description = TensorDescription(
        name: tensor.name, shape: tensor.shape, storedType: DType.float32.rawValue,
        byteCount: tensor.values.count * 4)
      precondition(
        description.count == tensor.values.count,
        "\(tensor.values.count) values for shape \(tensor.shape) of '\(tensor.name)'")
      precondition(contents[tensor.name] == nil, "'\(tensor.name)' twice")
      contents[tensor.name] = (description, tensor.values)
      return description
    }
    self.contents = contents
  }

  package func description(of name: String) -> TensorDescription? { contents[name]?.description }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let description = try checkedDescription(of: name, rows: rows, count: destination.count)
    guard let values = contents[name]?.values else { throw CheckpointError.missingTensor(name) }
    let begin = rows.lowerBound * description.columns
    _ = destination.update(fromContentsOf: values[begin..<begin + destination.count])
  }
}
