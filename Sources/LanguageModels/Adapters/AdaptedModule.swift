/// A module of the network that PEFT can put low-rank factors beside.
struct AdaptedModule {
  /// Name in the base's files, for example `model.layers.0.self_attn.q_proj`.
  let name: String
  /// Name in the network.
  let network: String
  /// `[out, in]`, or `[V, D]` of the embeddings.
  let shape: [Int]
  let isEmbedding: Bool
  /// Whether it is one with the other end of the network: a tied head, or the embeddings of a tied model.
  let isTied: Bool

  static let embedding = String(DecoderNames.embedding.dropLast(".weight".count))
  static let head = String(DecoderNames.head.dropLast(".weight".count))

  /// The network's parameters.
  var weight: String { network + ".weight" }
  var bias: String { network + ".bias" }
  var isHead: Bool { network == Self.head }

  /// Number of the block that the module belongs to.
  var layer: Int? {
    let parts = network.split(separator: ".")
    return parts.count > 3 && parts[1] == "layers" ? Int(parts[2]) : nil
  }

  /// Every linear layer, and the embeddings, in the order of the forward pass.
  static func all(of configuration: DecoderConfiguration) -> [AdaptedModule] {
    let (ties, spelling) = (configuration.tiesEmbeddings, configuration.architecture.spelling)
    // No adapter was seen that adapts vectors of places.
    let matrices = configuration.expectedTensors.filter {
      $0.shape.count == 2 && $0.name != DecoderNames.positions
    }
    var modules = matrices.map { tensor in
      let name = String(tensor.name.dropLast(".weight".count))
      return AdaptedModule(
        name: spelling.stored(name), network: name, shape: tensor.shape,
        isEmbedding: name == embedding, isTied: ties && name == embedding)
    }
    if ties {
      modules.append(
        AdaptedModule(
          name: spelling.stored(head), network: head,
          shape: [configuration.vocabularySize, configuration.hiddenSize],
          isEmbedding: false, isTied: true))
    }
    return modules
  }
}
