package import Tensors

/// A Llama-architecture network packed for evaluation: weights laid out once, activations for one batch.
///
/// Touvron et al. 2023, https://arxiv.org/abs/2302.13971; Mistral and Qwen2 differ by sliding window and biases.
package final class LlamaInference {
  package let configuration: LlamaConfiguration
  package let computeType: ComputeType
  /// Most tokens in one batch.
  package let batchTokens: Int
  let checkpoint: any Checkpoint
  let layers: [Layer]
  let finalGain: Tensor
  let head: PackedMatrix
  /// As many positions as have been asked for, and some more.
  private(set) var rotary: RotaryTables
  let pool: PagePool
  let work: InferenceActivations
  let embeddingName = LlamaNames.embedding

  /// One decoder block's weights.
  struct Layer {
    /// `[D]`.
    let attentionGain: Tensor
    /// Query, key and value projections stacked, `[(H + 2G)·E, D]`.
    let queryKeyValue: PackedMatrix
    let queryKeyValueBias: Tensor?
    /// `[D, H·E]`.
    let output: PackedMatrix
    let outputBias: Tensor?
    /// `[D]`.
    let feedForwardGain: Tensor
    /// Gate and up projections stacked, `[2F, D]`, paired.
    let gateUp: PackedMatrix
    let gateUpBias: Tensor?
    /// `[D, F]`.
    let down: PackedMatrix
    let downBias: Tensor?
    /// Latest tokens attended to; 0 for all.
    let window: Int
  }

  /// Packs the weights.
  ///
  /// - Parameters:
  ///   - configuration: the network's constants.
  ///   - checkpoint: its weights, checked against the configuration by the caller.
  ///   - computeType: the type products are computed and keys and values kept in; the residual stream stays float32.
  ///   - batchTokens: most tokens in one batch.
  ///   - keyValueBytes: memory for cached keys and values.
  /// - Throws: what reading the checkpoint throws.
  package init(
    configuration: LlamaConfiguration, checkpoint: any Checkpoint, computeType: ComputeType,
    batchTokens: Int = 512, keyValueBytes: Int = 384 << 20
  ) throws {
    self.configuration = configuration
    self.checkpoint = checkpoint
    self.computeType = computeType
    self.batchTokens = max(1, batchTokens)
    let packing = Packing(checkpoint: checkpoint, computeType: computeType)
    layers = try (0..<configuration.layerCount).map { index in
      try Self.layer(index, configuration, packing)
    }
    finalGain = try checkpoint.tensor(LlamaNames.finalNorm)
    head = try packing.matrix([
      configuration.tiesEmbeddings ? LlamaNames.embedding : LlamaNames.head
    ])
    rotary = RotaryTables(
      inverseFrequencies: configuration.inverseFrequencies,
      positions: min(configuration.contextLength, 2048))
    pool = PagePool(
      layers: configuration.layerCount, heads: configuration.keyValueHeadCount,
      headWidth: configuration.headWidth, type: computeType, budgetBytes: keyValueBytes)
    work = InferenceActivations(
      configuration, capacity: self.batchTokens, computeType: computeType)
  }

  /// Makes the rotary tables long enough for `positions`.
  func makeRoom(positions: Int) {
    guard positions > rotary.positions else { return }
    rotary = RotaryTables(
      inverseFrequencies: configuration.inverseFrequencies,
      positions: max(positions, min(2 * rotary.positions, configuration.contextLength)))
  }

  /// Throws for a weight that is infinite or not a number: the likeliest reason for logits that are not.
  package func requireFiniteWeights() throws { try checkpoint.requireFinite() }

  private static func layer(
    _ index: Int, _ configuration: LlamaConfiguration, _ packing: Packing
  ) throws -> Layer {
    let name = { (part: String) in LlamaNames.layer(index, part) }
    let qkv = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"].map(name)
    let gateUp = ["mlp.gate_proj", "mlp.up_proj"].map(name)
    return Layer(
      attentionGain: try packing.checkpoint.tensor(name("input_layernorm.weight")),
      queryKeyValue: try packing.matrix(qkv.map { $0 + ".weight" }),
      queryKeyValueBias: try packing.bias(qkv.map { $0 + ".bias" }),
      output: try packing.matrix([name("self_attn.o_proj.weight")]),
      outputBias: try packing.bias([name("self_attn.o_proj.bias")]),
      feedForwardGain: try packing.checkpoint.tensor(name("post_attention_layernorm.weight")),
      gateUp: try packing.matrix(gateUp.map { $0 + ".weight" }, isPaired: true),
      gateUpBias: try packing.bias(gateUp.map { $0 + ".bias" }),
      down: try packing.matrix([name("mlp.down_proj.weight")]),
      downBias: try packing.bias([name("mlp.down_proj.bias")]),
      window: configuration.slidingWindows[index] ?? 0)
  }
}

/// Hugging Face parameter names of the Llama family.
package enum LlamaNames {
  package static let embedding = "model.embed_tokens.weight"
  package static let finalNorm = "model.norm.weight"
  package static let head = "lm_head.weight"
  package static func layer(_ index: Int, _ part: String) -> String {
    "model.layers.\(index).\(part)"
  }
}

/// Reads several tensors of a checkpoint as one stacked matrix.
struct Packing {
  let checkpoint: any Checkpoint
  let computeType: ComputeType

  /// The tensors' rows one after another, `[Σ rows, columns]`; `isPaired` where they are two halves to come out together.
  func matrix(_ names: [String], isPaired: Bool = false) throws -> PackedMatrix {
    let parts = try names.map { name in
      guard let part = checkpoint.description(of: name) else {
        throw CheckpointError.missingTensor(name)
      }
      return part
    }
    return try PackedMatrix(
      rows: parts.reduce(0) { $0 + $1.rows }, columns: parts.first?.columns ?? 0,
      computeType: computeType, isPaired: isPaired
    ) { range, buffer in
      var first = 0
      for part in parts {
        let wanted = range.clamped(to: first..<first + part.rows)
        if !wanted.isEmpty {
          let offset = (wanted.lowerBound - range.lowerBound) * part.columns
          try checkpoint.read(
            part.name, rows: wanted.lowerBound - first..<wanted.upperBound - first,
            into: UnsafeMutableBufferPointer(
              rebasing: buffer[offset..<offset + wanted.count * part.columns]))
        }
        first += part.rows
      }
    }
  }

  /// The biases one after another; `nil` if there are none.
  func bias(_ names: [String]) throws -> Tensor? {
    guard names.contains(where: { checkpoint.description(of: $0) != nil }) else { return nil }
    var values: [Float] = []
    for name in names { values += try checkpoint.tensor(name).values }
    return Tensor([values.count], values)
  }
}
