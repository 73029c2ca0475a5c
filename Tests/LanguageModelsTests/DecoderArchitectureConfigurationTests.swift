import Formats
import LanguageModels
import Tensors
import Testing

/// What the config.json files of architectures other than Llama say, and what they leave unsaid.
@Suite struct DecoderArchitectureConfigurationTests {
  typealias Architecture = DecoderArchitecture

  /// The fields that have no default, with 64 elements and 4 heads, and `changes`.
  private func json(
    _ architecture: Architecture, _ changes: [String: Value] = [:]
  ) -> Mapping {
    let keys = architecture.keys
    var json: Mapping = [
      "architectures": .list([.string(architecture.name)]),
      "model_type": .string(architecture.modelType), keys.hiddenSize: .integer(64),
      keys.layerCount: .integer(7), keys.headCount: .integer(4), "vocab_size": .integer(96),
    ]
    if !keys.infersFeedForwardSize { json[keys.feedForwardSize] = .integer(80) }
    if let key = keys.keyValueHeadCount { json[key] = .integer(2) }
    for (key, value) in changes { json[key] = value }
    return json
  }

  private func read(
    _ architecture: Architecture, _ changes: [String: Value] = [:]
  ) throws(ModelError) -> DecoderConfiguration {
    try DecoderConfiguration(json: json(architecture, changes), path: "config.json")
  }

  /// The defaults of transformers 5.24's configuration classes.
  @Test func whatIsMissingIsWhatTransformersTakes() throws {
    let gemma = try read(.gemma)
    #expect(gemma.headWidth == 256 && gemma.contextLength == 8192 && gemma.tiesEmbeddings)
    #expect(gemma.activation == .geluTanh && gemma.normEpsilon == 1e-6)
    #expect(gemma.attentionScalar == 256 && gemma.logitCap == nil)
    let gemma2 = try read(.gemma2)
    #expect(gemma2.slidingWindows == [4096, nil, 4096, nil, 4096, nil, 4096])
    #expect(gemma2.attentionCap == 50 && gemma2.logitCap == 30 && gemma2.attentionScalar == 256)
    let gemma3 = try read(.gemma3)
    #expect(gemma3.slidingWindows == [4096, 4096, 4096, 4096, 4096, nil, 4096])
    #expect(gemma3.rotary.theta == 1e6 && gemma3.localRotary?.theta == 1e4)
    #expect(gemma3.attentionCap == nil && gemma3.logitCap == nil)
    let phi3 = try read(.phi3)
    #expect(phi3.normEpsilon == 1e-5 && phi3.contextLength == 4096 && phi3.rotaryWidth == 16)
    #expect(phi3.slidingWindows.allSatisfy { $0 == nil } && !phi3.tiesEmbeddings)
    let neox = try read(.gptNeoX)
    #expect(neox.rotaryWidth == 4 && neox.isParallel && neox.activation == .gelu)
    #expect(neox.queryKeyValueBias && neox.feedForwardBias && neox.keyValueHeadCount == 4)
    let olmo2 = try read(.olmo2)
    #expect(olmo2.normEpsilon == 1e-5 && !olmo2.queryKeyValueBias)
    let phi = try read(.phi)
    #expect(phi.rotaryWidth == 8 && phi.isParallel && phi.activation == .geluTanh)
    let gpt2 = try read(.gpt2)
    #expect(gpt2.feedForwardSize == 256 && gpt2.contextLength == 1024 && gpt2.tiesEmbeddings)
    let gptJ = try read(.gptJ, ["rotary_dim": .integer(8)])
    #expect(gptJ.rotaryWidth == 8 && gptJ.contextLength == 2048 && !gptJ.tiesEmbeddings)
    #expect(!gptJ.queryKeyValueBias && gptJ.feedForwardBias && !gptJ.attentionOutputBias)
  }

  /// Files of transformers before version 5.
  @Test func olderSpellings() throws {
    let linear = Value.mapping(["rope_type": .string("linear"), "factor": .float(8)])
    let gemma3 = try read(
      .gemma3,
      [
        "rope_theta": .float(2e6), "rope_local_base_freq": .float(5e3), "rope_scaling": linear,
        "sliding_window_pattern": .integer(3), "sliding_window": .integer(512),
      ])
    #expect(gemma3.rotary == .init(theta: 2e6, scaling: .linear(factor: 8)))
    #expect(gemma3.localRotary == .init(theta: 5e3))
    #expect(gemma3.slidingWindows == [512, 512, nil, 512, 512, nil, 512])
    let neox = try read(
      .gptNeoX, ["rotary_pct": .float(0.5), "rotary_emb_base": .integer(5000)])
    #expect(neox.rotaryWidth == 8 && neox.rotary.theta == 5000)
    #expect(try read(.gemma, ["hidden_act": .string("gelu")]).activation == .geluTanh)
    let factors = Value.list(Array(repeating: .float(1.5), count: 8))
    for kind in ["longrope", "su", "yarn"] {
      let phi3 = try read(
        .phi3,
        [
          "max_position_embeddings": .integer(16_384),
          "original_max_position_embeddings": .integer(4096),
          "rope_scaling": .mapping([
            "type": .string(kind), "short_factor": factors, "long_factor": factors,
          ]),
        ])
      guard case .longrope(let short, _, 4096, let attention) = phi3.rotary.scaling else {
        Issue.record("\(kind): \(phi3.rotary.scaling)")
        continue
      }
      // √(1 + log 4 / log 4096)
      #expect(short.count == 8 && abs(attention - 1.0801234497346435) < 1e-12)
    }
  }

  /// What transformers 5 nests in `rope_parameters`, and what earlier versions wrote beside `rope_theta`.
  @Test func bothSpellingsOfYaRN() throws {
    let yarn: Mapping = [
      "rope_type": .string("yarn"), "factor": .float(4), "beta_fast": .float(16),
      "original_max_position_embeddings": .integer(512),
    ]
    var nested = yarn
    nested["rope_theta"] = .float(5000)
    let new = try read(.qwen2, ["rope_parameters": .mapping(nested)])
    let old = try read(.qwen2, ["rope_scaling": .mapping(yarn), "rope_theta": .float(5000)])
    #expect(new == old)
    guard case .yarn(4, 1, 16, 512, let attention, true) = new.rotary.scaling else {
      Issue.record("\(new.rotary.scaling)")
      return
    }
    // 0.1 · log 4 + 1
    #expect(abs(attention - 1.1386294361119891) < 1e-12 && new.rotary.theta == 5000)
  }

  static let hostile: [(Architecture, [String: Value], String)] = [
    (.gemma, ["use_bidirectional_attention": .bool(true)], "is true; supported: false"),
    (.gemma, ["hidden_act": .string("relu")], "'relu'; supported: gelu_pytorch_tanh"),
    (.gemma2, ["attn_logit_softcapping": .integer(0)], "'attn_logit_softcapping' is 0"),
    (.gemma2, ["sliding_window": .null], "'sliding_window' is null"),
    (.gemma2, ["query_pre_attn_scalar": .integer(-1)], "'query_pre_attn_scalar' is -1"),
    (
      .gemma3, ["rope_scaling": .mapping(["rope_type": .string("ntk")])],
      "'rope_scaling.rope_type' is 'ntk'"
    ),
    (
      .phi3, ["rope_scaling": .mapping(["type": .string("linear"), "factor": .integer(2)])],
      "'linear'; supported: default, longrope"
    ),
    (
      .phi3,
      [
        "rope_scaling": .mapping([
          "type": .string("su"), "short_factor": .list([.float(1)]),
          "long_factor": .list(Array(repeating: .float(1), count: 8)),
        ])
      ], "'short_factor' has 1 numbers; 8 pairs"
    ),
    (.phi3, ["partial_rotary_factor": .float(0.2)], "3 of 16 elements"),
    (.gptNeoX, ["hidden_act": .string("silu")], "'silu'; supported: gelu, gelu_pytorch_tanh"),
    (.gptNeoX, ["rotary_pct": .float(1.5)], "'rotary_pct' is 1.5"),
    (.phi, ["qk_layernorm": .bool(true)], "'qk_layernorm' is true; supported: false"),
    (.gpt2, ["scale_attn_weights": .bool(false)], "is false; supported: true"),
    (.gpt2, ["scale_attn_by_inverse_layer_idx": .bool(true)], "is true; supported: false"),
    (.gpt2, ["add_cross_attention": .bool(true)], "is true; supported: false"),
    (.gptJ, ["rotary_dim": .integer(64)], "64 of 16 elements"),
    (.olmo2, ["model_type": .string("olmo")], "'architectures' says Olmo2ForCausalLM"),
  ]

  @Test(arguments: hostile.indices) func refuses(_ index: Int) throws {
    let (architecture, changes, message) = Self.hostile[index]
    let error = #expect(throws: ModelError.self) { try read(architecture, changes) }
    #expect(
      error?.description.contains(message) == true, "\(String(describing: error)) for \(message)")
  }

  /// Names of parameters are those of the model's files wherever a user writes or reads them.
  @Test func usersSeeTheFilesNames() throws {
    let neox = try read(.gptNeoX)
    let error = #expect(throws: ModelError.self) {
      try neox.check(MemoryCheckpoint([(name: String, shape: [Int], values: [Float])]()), path: "m")
    }
    #expect(
      error?.description.contains("'gpt_neox.layers.0.attention.query_key_value.weight'") == true)
    #expect(throws: Never.self) {
      try TrainableParameters.full(["gpt_neox.layers.3.mlp.dense_h_to_4h.*"]).check(neox)
      try TrainableParameters.lora(LoRASettings()).check(neox)
    }
    let target = #expect(throws: TrainingError.self) {
      try TrainableParameters.lora(LoRASettings(targets: ["q_proj"])).check(neox)
    }
    #expect(
      target?.description.contains(
        "there are: query_key_value, dense, dense_h_to_4h, dense_4h_to_h") == true)
    // Gemma 2 and Llama call different norms by one name.
    let gemma2 = try read(.gemma2)
    let names = DecoderBlock.Part.allCases.filter {
      $0.storedName(gemma2.architecture) == "post_attention_layernorm.weight"
    }
    #expect(names == [.attentionOutputGain])
    #expect(DecoderBlock.Part.down.storedName(.gptNeoX) == "mlp.dense_4h_to_h.weight")
    #expect(DecoderBlock.Part.down.storedName(.llama) == "mlp.down_proj.weight")
  }
}
