extension DecoderArchitecture {
  package static let allCases: [DecoderArchitecture] = [
    llama, mistral, qwen2, qwen3, gemma, gemma2, gemma3, phi3, gptNeoX, olmo2, phi, gpt2, gptJ,
  ]

  package static let llama = DecoderArchitecture(
    name: "LlamaForCausalLM", modelType: "llama", ggufName: "llama",
    biases: .attentionAndFeedForward, hasOldFields: true)
  package static let mistral = DecoderArchitecture(
    name: "MistralForCausalLM", modelType: "mistral", ggufName: "llama",
    slidingWindows: .allLayers(absent: 4096), absentContextLength: 131_072, absentKeyValueHeads: 8)
  package static let qwen2 = DecoderArchitecture(
    name: "Qwen2ForCausalLM", modelType: "qwen2", ggufName: "qwen2", biases: .queryKeyValue,
    slidingWindows: .someLayers, absentContextLength: 32_768, absentKeyValueHeads: 32)
  package static let qwen3 = DecoderArchitecture(
    name: "Qwen3ForCausalLM", modelType: "qwen3", ggufName: "qwen3", biases: .attention,
    slidingWindows: .someLayers, queryKeyNorm: .heads, absentHeadWidth: 128,
    absentContextLength: 32_768, absentKeyValueHeads: 32)

  /// Gemma Team 2024, https://arxiv.org/abs/2403.08295
  package static let gemma = DecoderArchitecture(
    name: "GemmaForCausalLM", modelType: "gemma", ggufName: "gemma", biases: .attention,
    norm: .rootMeanSquareAroundOne, activations: [.geluTanh], scalesEmbeddings: true,
    absentHeadWidth: 256, absentContextLength: 8192, absentKeyValueHeads: 16, tiesUnlessTold: true)
  /// Gemma Team 2024, https://arxiv.org/abs/2408.00118
  package static let gemma2 = DecoderArchitecture(
    name: "Gemma2ForCausalLM", modelType: "gemma2", ggufName: "gemma2", biases: .attention,
    slidingWindows: .allBut(every: 2), norm: .rootMeanSquareAroundOne, normPlaces: .beforeAndAfter,
    activations: [.geluTanh], scalesEmbeddings: true, hasAttentionScalar: true, capsAttention: true,
    capsLogits: true, absentLogitCap: 30, spelling: .fourNorms,
    keys: DecoderFieldNames(activation: "hidden_activation"), absentHeadWidth: 256,
    absentContextLength: 8192, absentKeyValueHeads: 4, tiesUnlessTold: true)
  /// Gemma Team 2025, https://arxiv.org/abs/2503.19786
  package static let gemma3 = DecoderArchitecture(
    name: "Gemma3ForCausalLM", modelType: "gemma3_text", ggufName: "gemma3", biases: .attention,
    slidingWindows: .allBut(every: 6), queryKeyNorm: .heads, norm: .rootMeanSquareAroundOne,
    normPlaces: .beforeAndAfter, positions: .rotaryByLayer, activations: [.geluTanh],
    scalesEmbeddings: true, hasAttentionScalar: true, capsLogits: true, spelling: .fourNorms,
    keys: DecoderFieldNames(activation: "hidden_activation"), absentHeadWidth: 256,
    absentContextLength: 131_072, absentKeyValueHeads: 4, tiesUnlessTold: true)

  /// Abdin et al. 2024, https://arxiv.org/abs/2404.14219
  package static let phi3 = DecoderArchitecture(
    name: "Phi3ForCausalLM", modelType: "phi3", ggufName: "phi3",
    slidingWindows: .allLayers(absent: nil), positions: .rotary(share: 1),
    fusesQueryKeyValue: true, fusesGateUp: true, absentContextLength: 4096,
    absentNormEpsilon: 1e-5, adapterTargets: ["qkv_proj"])
  /// Black et al. 2022, https://arxiv.org/abs/2204.06745
  package static let gptNeoX = DecoderArchitecture(
    name: "GPTNeoXForCausalLM", modelType: "gpt_neox", ggufName: "gptneox",
    biases: .feedForwardAndAttention, norm: .layer, isParallel: true,
    positions: .rotary(share: 0.25), activations: [.gelu, .geluTanh], isGated: false,
    fusesQueryKeyValue: true, spelling: .gptNeoX,
    keys: DecoderFieldNames(
      keyValueHeadCount: nil, normEpsilon: "layer_norm_eps", rotaryBase: "rotary_emb_base",
      rotaryShare: "rotary_pct"), absentNormEpsilon: 1e-5, adapterTargets: ["query_key_value"])
  /// OLMo Team 2024, https://arxiv.org/abs/2501.00656
  package static let olmo2 = DecoderArchitecture(
    name: "Olmo2ForCausalLM", modelType: "olmo2", ggufName: "olmo2", biases: .attention,
    queryKeyNorm: .projections, normPlaces: .after, spelling: .fourNorms, absentNormEpsilon: 1e-5)
  /// Li et al. 2023, https://arxiv.org/abs/2309.05463
  package static let phi = DecoderArchitecture(
    name: "PhiForCausalLM", modelType: "phi", ggufName: "phi2", biases: .all, norm: .layer,
    normPlaces: .once, isParallel: true, positions: .rotary(share: 0.5),
    activations: [.geluTanh, .gelu], isGated: false, hasHeadBias: true, spelling: .phi,
    keys: DecoderFieldNames(normEpsilon: "layer_norm_eps"), absentNormEpsilon: 1e-5,
    adapterTargets: ["q_proj", "v_proj", "fc1", "fc2"])
  /// Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"
  package static let gpt2 = DecoderArchitecture(
    name: "GPT2LMHeadModel", modelType: "gpt2", ggufName: "gpt2", biases: .all, norm: .layer,
    positions: .learnt, activations: [.geluTanh, .gelu], isGated: false, fusesQueryKeyValue: true,
    spelling: .gpt2, keys: .gpt, absentContextLength: 1024, absentNormEpsilon: 1e-5,
    tiesUnlessTold: true, adapterTargets: ["c_attn"])
  /// Wang and Komatsuzaki 2021, https://github.com/kingoflolz/mesh-transformer-jax
  package static let gptJ = DecoderArchitecture(
    name: "GPTJForCausalLM", modelType: "gptj", ggufName: nil, biases: .feedForward, norm: .layer,
    normPlaces: .once, isParallel: true, positions: .rotaryWidth, activations: [.geluTanh, .gelu],
    isGated: false, hasHeadBias: true, spelling: .gptJ, keys: .gpt, absentNormEpsilon: 1e-5)
}

extension DecoderArchitecture {
  /// Whether attention reads normalised states.
  var normalisesBefore: Bool { normPlaces != .after }
  /// Whether what attention and feed-forward block write is normalised.
  var normalisesAfter: Bool { normPlaces == .after || normPlaces == .beforeAndAfter }
  /// Whether the feed-forward block reads states with a norm of their own.
  var normalisesFeedForward: Bool { normPlaces == .before || normPlaces == .beforeAndAfter }
  /// Whether all layers have a window where one has.
  var slidesEverywhere: Bool { if case .allLayers = slidingWindows { true } else { false } }
}
