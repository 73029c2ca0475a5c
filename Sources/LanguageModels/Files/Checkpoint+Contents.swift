package import Tensors

extension Checkpoint {
  /// What keeps this from holding tensors of these names and shapes, in stored types that can be read.
  func problems(holding expected: [(name: String, shape: [Int])]) -> [String] {
    var problems: [String] = []
    for (name, shape) in expected {
      guard let tensor = description(of: name) else {
        problems.append("'\(name)' is missing")
        continue
      }
      if tensor.shape != shape {
        problems.append("'\(name)' has shape \(tensor.shape.shown) instead of \(shape)")
      }
      if !TensorDescription.readableTypes.contains(tensor.storedType) {
        problems.append(
          "'\(name)' is stored as \(tensor.storedType); readable: "
            + TensorDescription.readableTypes.sorted().joined(separator: ", "))
      }
    }
    return problems
  }

  /// The token embeddings of a batch, `[B·T, D]`.
  /// - Parameter width: D.
  /// - Throws: what reading the weights throws.
  package func embeddings(of batch: TokenBatch, width: Int) throws -> Tensor {
    let x = Tensor([batch.tokens.count, width])
    for (row, token) in batch.tokens.enumerated() {
      try read(
        DecoderNames.embedding, rows: Int(token)..<Int(token) + 1,
        into: UnsafeMutableBufferPointer(rebasing: x.elements[row * width..<(row + 1) * width]))
    }
    return x
  }
}
