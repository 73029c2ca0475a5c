/// How llama.cpp names and stores the tensors of one architecture, and what the network calls them.
struct GGUFTensorNames: Sendable {
  /// Whether the rows of the query and key projections are interleaved (rotary pairs side by side).
  var interleavesRotaryPairs = false
  /// Whether norms hold the gain where Hugging Face's files hold the gain − 1.
  var storesWholeGains = false
  /// The network's modules outside blocks, by llama.cpp's names.
  var global = [
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
    "position_embd": "model.embed_positions",
  ]
  /// Those in blocks.
  var perLayer = [
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_qkv": "self_attn.qkv_proj", "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
    "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm",
    "post_attention_norm": "attention_output_norm", "post_ffw_norm": "feed_forward_output_norm",
  ]

  /// Architectures that can be read.
  static let architectures: [String: GGUFTensorNames] = {
    var phi3 = GGUFTensorNames()
    phi3.perLayer["ffn_up"] = "mlp.gate_up_proj"
    let plain = GGUFTensorNames()
    let gemma = GGUFTensorNames(storesWholeGains: true)
    return [
      "llama": GGUFTensorNames(interleavesRotaryPairs: true), "qwen2": plain, "qwen3": plain,
      "gemma": gemma, "gemma2": gemma, "gemma3": gemma, "phi3": phi3, "gptneox": plain,
      "olmo2": plain, "phi2": plain, "gpt2": plain,
    ]
  }()

  /// The network's name of `name`, for example `model.layers.3.self_attn.q_proj.weight` for
  /// `blk.3.attn_q.weight`; nil when there is none.
  func networkName(_ name: String) -> String? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let kind = parts.last, kind == "weight" || kind == "bias" else { return nil }
    if parts.count == 2, let module = global[parts[0]] { return "\(module).\(kind)" }
    guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]), String(layer) == parts[1],
      layer >= 0, let module = perLayer[parts[2]]
    else { return nil }
    return "model.layers.\(layer).\(module).\(kind)"
  }

  /// What is added to the numbers of the tensor `name` to make them those of Hugging Face's files.
  func offset(_ name: String) -> Float {
    storesWholeGains && name.hasSuffix("norm.weight") ? -1 : 0
  }

  /// Whether `name` is a query or key projection, whose rows llama.cpp permutes for the llama
  /// architecture.
  static func isQuery(_ name: String) -> Bool {
    name.hasPrefix("blk.") && name.contains(".attn_q.")
  }
  static func isKey(_ name: String) -> Bool { name.hasPrefix("blk.") && name.contains(".attn_k.") }

  /// Tensors that hold constants of the rotary embedding instead of weights: factors of all sequences, of short and of
  /// long ones.
  static let rotaryFactors = "rope_freqs.weight"
  static let shortRotaryFactors = "rope_factors_short.weight"
  static let longRotaryFactors = "rope_factors_long.weight"
}
