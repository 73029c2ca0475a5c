/// A module of the network that PEFT can put low-rank factors beside.
struct AdaptedModule {
  /// Name in the base model, for example `model.layers.0.self_attn.q_proj`.
  let name: String
  /// `[out, in]`, or `[V, D]` of the embeddings.
  let shape: [Int]
  let isEmbedding: Bool
  /// Whether it is one with the other end of the network: a tied head, or the embeddings of a tied model.
  let isTied: Bool

  static let embedding = String(DecoderNames.embedding.dropLast(".weight".count))
  static let head = String(DecoderNames.head.dropLast(".weight".count))

  var weight: String { name + ".weight" }
  var bias: String { name + ".bias" }
  var isHead: Bool { name == Self.head }

  /// Number of the block that the module belongs to.
  var layer: Int? {
    let parts = name.split(separator: ".")
    return parts.count > 3 && parts[1] == "layers" ? Int(parts[2]) : nil
  }

  /// Every linear layer, and the embeddings, in the order of the forward pass.
  static func all(of configuration: DecoderConfiguration) -> [AdaptedModule] {
    let ties = configuration.tiesEmbeddings
    var modules = configuration.expectedTensors.filter { $0.shape.count == 2 }.map { tensor in
      let name = String(tensor.name.dropLast(".weight".count))
      return AdaptedModule(
        name: name, shape: tensor.shape, isEmbedding: name == embedding,
        isTied: ties && name == embedding)
    }
    if ties {
      modules.append(
        AdaptedModule(
          name: head, shape: [configuration.vocabularySize, configuration.hiddenSize],
          isEmbedding: false, isTied: true))
    }
    return modules
  }
}
