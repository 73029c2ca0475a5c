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
  let finalNorm: Norm
  let head: PackedMatrix
  let headBias: Tensor?
  /// Of layers of each kind, for as many positions as have been asked for, and some more.
  private(set) var rotary: [RotaryTables]
  /// Whether sequences are longer than the rotary embedding's original context.
  var isLong = false {
    didSet {
      guard isLong != oldValue else { return }
      rotary = configuration.rotaryTables(positions: rotary[0].positions, isLong: isLong)
    }
  }
  let pool: PagePool
  let work: InferenceActivations

  /// A norm's gain and, of a LayerNorm, bias.
  struct Norm {
    /// `[D]`.
    let gain: Tensor
    let bias: Tensor?
  }

  /// One decoder block's weights; norms are nil where the architecture has none.
  struct Layer {
    let attentionNorm: Norm?
    /// Query, key and value projections stacked, `[(H + 2G)·E, D]`.
    let queryKeyValue: PackedMatrix
    let queryKeyValueBias: Tensor?
    /// `[E]` each, of every head alike, or `[H·E]` and `[G·E]`; nil where they are not normalised.
    let queryKeyNorm: (query: Tensor, key: Tensor)?
    /// `[D, H·E]`.
    let output: PackedMatrix
    let outputBias: Tensor?
    /// Of what attention writes.
    let outputNorm: Norm?
    let feedForwardNorm: Norm?
    /// Gate and up projections stacked, `[2F, D]`, paired; without a gate `[F, D]`.
    let gateUp: PackedMatrix
    let gateUpBias: Tensor?
    /// `[D, F]`.
    let down: PackedMatrix
    let downBias: Tensor?
    /// Of what the feed-forward block writes.
    let downNorm: Norm?
    /// Latest tokens attended to; 0 for all.
    let window: Int
    /// Which of the rotary tables is its.
    let rotary: Int
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
    finalNorm = Norm(
      gain: try packing.gain(DecoderNames.finalNorm, configuration),
      bias: try packing.bias([DecoderNames.finalNormBias]))
    headBias = try packing.bias([DecoderNames.headBias])
    head = try packing.matrix([
      configuration.tiesEmbeddings ? DecoderNames.embedding : DecoderNames.head
    ])
    rotary = configuration.rotaryTables(positions: min(configuration.contextLength, 2048))
    pool = PagePool(
      layers: configuration.layerCount, heads: configuration.keyValueHeadCount,
      headWidth: configuration.headWidth, type: computeType, budgetBytes: keyValueBytes)
    work = InferenceActivations(
      configuration, capacity: self.batchTokens, computeType: computeType)
  }

  /// Makes the rotary tables long enough for `positions`.
  func makeRoom(positions: Int) {
    guard positions > rotary[0].positions else { return }
    rotary = configuration.rotaryTables(
      positions: max(positions, min(2 * rotary[0].positions, configuration.contextLength)),
      isLong: isLong)
  }

  /// Throws for a weight that is infinite or not a number: the likeliest reason for logits that are not.
  package func requireFiniteWeights() throws { try checkpoint.requireFinite() }

  private static func layer(
    _ index: Int, _ configuration: DecoderConfiguration, _ packing: Packing
  ) throws -> Layer {
    let name = { (part: String) in DecoderNames.layer(index, part) }
    let architecture = configuration.architecture
    let qkv =
      (architecture.fusesQueryKeyValue
      ? ["self_attn.qkv_proj"] : ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"])
      .map(name)
    let gateUp =
      (architecture.fusesGateUp
      ? ["mlp.gate_up_proj"] : (architecture.isGated ? ["mlp.gate_proj"] : []) + ["mlp.up_proj"])
      .map(name)
    func gain(_ part: String) throws -> Tensor {
      try packing.gain(name(part + ".weight"), configuration)
    }
    func norm(_ part: String, _ exists: Bool) throws -> Norm? {
      guard exists else { return nil }
      return Norm(gain: try gain(part), bias: try packing.bias([name(part + ".bias")]))
    }
    return Layer(
      attentionNorm: try norm("input_layernorm", architecture.normalisesBefore),
      queryKeyValue: try packing.matrix(qkv.map { $0 + ".weight" }),
      queryKeyValueBias: try packing.bias(qkv.map { $0 + ".bias" }),
      queryKeyNorm: architecture.queryKeyNorm == .none
        ? nil : (query: try gain("self_attn.q_norm"), key: try gain("self_attn.k_norm")),
      output: try packing.matrix([name("self_attn.o_proj.weight")]),
      outputBias: try packing.bias([name("self_attn.o_proj.bias")]),
      outputNorm: try norm("attention_output_norm", architecture.normalisesAfter),
      feedForwardNorm: try norm("post_attention_layernorm", architecture.normalisesFeedForward),
      gateUp: try packing.matrix(
        gateUp.map { $0 + ".weight" }, isPaired: architecture.isGated),
      gateUpBias: try packing.bias(gateUp.map { $0 + ".bias" }),
      down: try packing.matrix([name("mlp.down_proj.weight")]),
      downBias: try packing.bias([name("mlp.down_proj.bias")]),
      downNorm: try norm("feed_forward_output_norm", architecture.normalisesAfter),
      window: configuration.slidingWindows[index] ?? 0,
      rotary: configuration.localRotary != nil && configuration.slidingWindows[index] != nil
        ? 1 : 0)
  }
}

extension DecoderInference: CausalLM {
  package func score(
    _ requests: [ScoringRequest], progress: (_ done: Int, _ total: Int) throws -> Void,
    receive: (Int, ScoringAnswer) throws -> Void
  ) throws -> ScoringStatistics {
    try scoreByLength(requests, progress: progress, receive: receive)
  }

  package func generate(
    _ tasks: [GenerationTask], shouldStop: (Int, [TokenID]) -> Bool,
    receive: (Int, [TokenID]) throws -> Void
  ) throws {
    try generateByLength(tasks, shouldStop: shouldStop, receive: receive)
  }
}
