package import Tensors

/// float32 weights of one decoder block, one tensor for each parameter, so that any of them can be trained.
package final class LlamaBlock {
  /// Parameters in the order of Hugging Face's `layer.parameters()`, which WMDP's `param_ids` count.
  package enum Part: String, CaseIterable, Sendable {
    case query = "self_attn.q_proj.weight"
    case key = "self_attn.k_proj.weight"
    case value = "self_attn.v_proj.weight"
    case output = "self_attn.o_proj.weight"
    case gate = "mlp.gate_proj.weight"
    case up = "mlp.up_proj.weight"
    case down = "mlp.down_proj.weight"
    case attentionGain = "input_layernorm.weight"
    case feedForwardGain = "post_attention_layernorm.weight"
  }

  package let index: Int
  private var weights: [Part: Tensor]
  private let biases: [Part: Tensor]

  /// Reads a block's weights.
  package init(index: Int, checkpoint: any Checkpoint) throws {
    self.index = index
    var weights: [Part: Tensor] = [:]
    var biases: [Part: Tensor] = [:]
    for part in Part.allCases {
      let name = LlamaNames.layer(index, part.rawValue)
      weights[part] = try checkpoint.tensor(name)
      let bias = name.dropLast("weight".count) + "bias"
      if checkpoint.description(of: String(bias)) != nil {
        biases[part] = try checkpoint.tensor(String(bias))
      }
    }
    self.weights = weights
    self.biases = biases
  }

  private init(_ other: LlamaBlock, replacing changed: [Part: Tensor]) {
    index = other.index
    weights = other.weights.merging(changed) { $1 }
    biases = other.biases
  }

  /// The same block with copies of `parts` that may be trained; everything else is shared.
  package func trainable(_ parts: [Part]) -> LlamaBlock {
    var copies: [Part: Tensor] = [:]
    for part in parts { copies[part] = self[part].copy() }
    return LlamaBlock(self, replacing: copies)
  }

  package subscript(part: Part) -> Tensor {
    guard let tensor = weights[part] else { preconditionFailure("no \(part) in block \(index)") }
    return tensor
  }

  func bias(_ part: Part) -> Tensor? { biases[part] }
}

/// Gradients of the parameters that train; a parameter without an entry is frozen and costs nothing.
package final class BlockGradients {
  private(set) var tensors: [LlamaBlock.Part: Tensor] = [:]

  package init(_ block: LlamaBlock, parts: [LlamaBlock.Part]) {
    for part in parts { tensors[part] = Tensor(block[part].shape) }
  }

  package subscript(part: LlamaBlock.Part) -> Tensor? { tensors[part] }

  package func zero() { tensors.values.forEach { $0.fill(0) } }
}

/// Packed token sequences: no padding, each attends to itself only.
package struct TokenBatch: Sendable {
  /// All tokens, `[T]`.
  package let tokens: [Int32]
  /// Rows of each sequence.
  package let sequences: [Range<Int>]
  /// Position of each token in its sequence, `[T]`.
  package let positions: [Int32]

  package init(_ rows: [[Int32]]) {
    tokens = rows.flatMap { $0 }
    positions = rows.flatMap { $0.indices.map { Int32($0) } }
    var sequences: [Range<Int>] = []
    for row in rows where !row.isEmpty {
      let start = sequences.last?.upperBound ?? 0
      sequences.append(start..<start + row.count)
    }
    self.sequences = sequences
  }
}
