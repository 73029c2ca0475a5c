package import Tensors

/// float32 weights of one decoder block, one tensor for each parameter, so that any of them can be trained.
package final class DecoderBlock {
  /// Parameters under the network's names, in the order of `layer.parameters()` of Hugging Face's Llama, which WMDP's
  /// `param_ids` count. A block has those that its architecture has.
  package enum Part: String, CaseIterable, Sendable {
    case query = "self_attn.q_proj.weight"
    case key = "self_attn.k_proj.weight"
    case value = "self_attn.v_proj.weight"
    case queryKeyValue = "self_attn.qkv_proj.weight"
    case output = "self_attn.o_proj.weight"
    case queryNorm = "self_attn.q_norm.weight"
    case keyNorm = "self_attn.k_norm.weight"
    case gate = "mlp.gate_proj.weight"
    case up = "mlp.up_proj.weight"
    case gateUp = "mlp.gate_up_proj.weight"
    case down = "mlp.down_proj.weight"
    case attentionGain = "input_layernorm.weight"
    case feedForwardGain = "post_attention_layernorm.weight"
    /// Of what attention writes.
    case attentionOutputGain = "attention_output_norm.weight"
    /// Of what the feed-forward block writes.
    case feedForwardOutputGain = "feed_forward_output_norm.weight"

    /// The matrices.
    package static let projections: [Part] = [
      .query, .key, .value, .queryKeyValue, .output, .gate, .up, .gateUp, .down,
    ]

    /// Module name inside a block: the parameter's name without `.weight`.
    package var module: String { String(rawValue.dropLast(".weight".count)) }
    /// The parameter's name inside a block of a family's Hugging Face files.
    package func storedName(_ architecture: DecoderArchitecture) -> String {
      let name = architecture.spelling.stored(DecoderNames.layer(0, rawValue))
      return String(name.dropFirst(architecture.spelling.layers.count + ".0.".count))
    }
    /// Name of the projection's bias.
    package var biasName: String { module + ".bias" }
  }

  package let index: Int
  private let weights: [Part: Tensor]
  private let biases: [Part: Tensor]
  /// Low-rank factors beside some projections.
  package let adapters: [Part: LoRAFactors]

  /// Reads a block's weights.
  /// - Parameters:
  ///   - weights: tensors to use instead of the checkpoint's.
  ///   - biases: likewise.
  ///   - checkpoint: has been checked against the configuration.
  ///   - pool: where the memory comes from.
  package init(
    index: Int, checkpoint: any Checkpoint, weights: [Part: Tensor] = [:],
    biases: [Part: Tensor] = [:], adapters: [Part: LoRAFactors] = [:], pool: TensorPool? = nil
  ) throws {
    self.index = index
    self.adapters = adapters
    var weights = weights
    var biases = biases
    for part in Part.allCases {
      let name = DecoderNames.layer(index, part.rawValue)
      if weights[part] == nil, checkpoint.description(of: name) != nil {
        weights[part] = try checkpoint.tensor(name, pool: pool)
      }
      let bias = DecoderNames.layer(index, part.biasName)
      if biases[part] == nil, checkpoint.description(of: bias) != nil {
        biases[part] = try checkpoint.tensor(bias, pool: pool)
      }
    }
    self.weights = weights
    self.biases = biases
  }

  private init(_ other: DecoderBlock, _ weights: [Part: Tensor], _ biases: [Part: Tensor]) {
    index = other.index
    self.weights = other.weights.merging(weights) { $1 }
    self.biases = other.biases.merging(biases) { $1 }
    adapters = other.adapters
  }

  /// The same block with other weights and biases for some parts; everything else is shared.
  func replacing(_ weights: [Part: Tensor], biases: [Part: Tensor]) -> DecoderBlock {
    DecoderBlock(self, weights, biases)
  }

  package subscript(part: Part) -> Tensor {
    guard let tensor = weights[part] else { preconditionFailure("no \(part) in block \(index)") }
    return tensor
  }

  package func has(_ part: Part) -> Bool { weights[part] != nil }

  package func bias(_ part: Part) -> Tensor? { biases[part] }
}

/// Gradients of the parameters that train; a parameter without an entry is frozen and costs nothing.
///
/// Factors of an adapter carry their gradients themselves.
package final class BlockGradients {
  private(set) var tensors: [DecoderBlock.Part: Tensor] = [:]
  /// Of the projections' biases.
  let biases: [DecoderBlock.Part: Tensor]

  package init(_ block: DecoderBlock, parts: [DecoderBlock.Part]) {
    for part in parts { tensors[part] = Tensor(block[part].shape) }
    biases = [:]
  }

  init(weights: [DecoderBlock.Part: Tensor], biases: [DecoderBlock.Part: Tensor]) {
    tensors = weights
    self.biases = biases
  }

  package subscript(part: DecoderBlock.Part) -> Tensor? { tensors[part] }
}

extension Checkpoint {
  /// The whole tensor `name` in a pool's memory.
  func tensor(_ name: String, pool: TensorPool?) throws -> Tensor {
    guard let pool else { return try tensor(name) }
    guard let description = description(of: name) else { throw CheckpointError.missingTensor(name) }
    let result = pool.tensor(description.shape)
    try read(name, rows: 0..<description.rows, into: result.elements)
    return result
  }
}
