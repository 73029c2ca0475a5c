/// Names of llama.cpp's tensors as Hugging Face names its parameters.
enum GGUFTensorNames {
  /// Architectures that can be read, and whether llama.cpp interleaves the rows of their query and key projections.
  static let architectures = ["llama": true, "qwen2": false, "qwen3": false]

  private static let global = [
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
  ]
  private static let perLayer = [
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj", "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
  ]

  /// The Hugging Face name of `name`, for example `model.layers.3.self_attn.q_proj.weight` for
  /// `blk.3.attn_q.weight`; nil when there is none.
  static func huggingFaceName(_ name: String) -> String? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let kind = parts.last, kind == "weight" || kind == "bias" else { return nil }
    if parts.count == 2, let module = global[parts[0]] { return "\(module).\(kind)" }
    guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]), String(layer) == parts[1],
      layer >= 0, let module = perLayer[parts[2]]
    else { return nil }
    return "model.layers.\(layer).\(module).\(kind)"
  }

  /// Whether `name` is a query or key projection, whose rows llama.cpp permutes for the llama
  /// architecture.
  static func isQuery(_ name: String) -> Bool {
    name.hasPrefix("blk.") && name.contains(".attn_q.")
  }
  static func isKey(_ name: String) -> Bool { name.hasPrefix("blk.") && name.contains(".attn_k.") }

  /// Tensors that hold constants of the rotary embedding instead of weights.
  static let rotaryFactors = "rope_freqs.weight"
}
