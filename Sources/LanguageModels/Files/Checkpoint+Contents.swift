import Tensors

extension Checkpoint {
  /// What keeps this from holding tensors of these names and shapes, in stored types that can be read.
  /// - Parameter shown: how a message calls a tensor.
  func problems(
    holding expected: [(name: String, shape: [Int])], shown: (String) -> String = { $0 }
  ) -> [String] {
    var problems: [String] = []
    for (tensorName, shape) in expected {
      let name = shown(tensorName)
      guard let tensor = description(of: tensorName) else {
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
}
