package import Tensors

/// A decoder packed for evaluation: weights laid out once, activations for one batch.
///
/// Touvron et al. 2023, https://arxiv.org/abs/2302.13971; what others have besides is in `DecoderArchitecture`.
package final class DecoderInference {
  package let configuration: DecoderConfiguration
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
  let embeddingName = DecoderNames.embedding

  /// One decoder block's weights.
  struct Layer {
    /// `[D]`.
    let attentionGain: Tensor
    /// Query, key and value projections stacked, `[(H + 2G)·E, D]`.
    let queryKeyValue: PackedMatrix
    let queryKeyValueBias: Tensor?
    /// `[E]` each, of every head alike; nil where they are not normalised.
    let queryKeyNorm: (query: Tensor, key: Tensor)?
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
    configuration: DecoderConfiguration, checkpoint: any Checkpoint, computeType: ComputeType,
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
    finalGain = try checkpoint.tensor(DecoderNames.finalNorm)
    head = try packing.matrix([
      configuration.tiesEmbeddings ? DecoderNames.embedding : DecoderNames.head
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
    _ index: Int, _ configuration: DecoderConfiguration, _ packing: Packing
  ) throws -> Layer {
    let name = { (part: String) in DecoderNames.layer(index, part) }
    let qkv = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"].map(name)
    let gateUp = ["mlp.gate_proj", "mlp.up_proj"].map(name)
    return Layer(
      attentionGain: try packing.checkpoint.tensor(name("input_layernorm.weight")),
      queryKeyValue: try packing.matrix(qkv.map { $0 + ".weight" }),
      queryKeyValueBias: try packing.bias(qkv.map { $0 + ".bias" }),
      queryKeyNorm: configuration.architecture.queryKeyNorm
        ? (
          query: try packing.checkpoint.tensor(name("self_attn.q_norm.weight")),
          key: try packing.checkpoint.tensor(name("self_attn.k_norm.weight"))
        ) : nil,
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

extension DecoderInference: CausalLM {
  package func score(
    _ requests: [ScoringRequest], progress: (_ done: Int, _ total: Int) throws -> Void,
    receive: (Int, ScoringAnswer) throws -> Void
  ) throws -> ScoringStatistics {
    try ContinuationScorer(self).score(requests, progress: progress, receive: receive)
  }

  package func generate(
    _ tasks: [GenerationTask], shouldStop: (Int, [TokenID]) -> Bool,
    receive: (Int, [TokenID]) throws -> Void
  ) throws {
    try Generator(self).generate(tasks, shouldStop: shouldStop, receive: receive)
  }
}
