import Tensors

extension EncoderConfiguration {
  /// Weights as their file has them, under the network's names, as transformers renames them: names may lack the
  /// prefix `roberta.`, and gains and biases of layer normalisation may be called gamma and beta.
  func named(_ stored: any Checkpoint) -> any Checkpoint {
    let known = Set(expectedTensors.map(\.name))
    let names = stored.tensors.map { tensor in
      guard !known.contains(tensor.name) else { return (new: tensor.name, original: tensor.name) }
      let modern = tensor.name.replacing("LayerNorm.gamma", with: "LayerNorm.weight")
        .replacing("LayerNorm.beta", with: "LayerNorm.bias")
      let found = [modern, "roberta.\(modern)"].first {
        known.contains($0) && stored.description(of: $0) == nil
      }
      return (new: found ?? tensor.name, original: tensor.name)
    }
    // Two tensors of one name are told from each other by the check of the names.
    let isAmbiguous = Set(names.map(\.new)).count < names.count
    return isAmbiguous || names.allSatisfy { $0.new == $0.original }
      ? stored : RenamedCheckpoint(stored, names: names)
  }
}
