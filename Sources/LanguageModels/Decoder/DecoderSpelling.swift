/// How a family's Hugging Face files name and lay out what the network names alike in all families.
///
/// The network's names are Llama's where Llama has such a tensor.
package struct DecoderSpelling: Sendable, Hashable {
  /// What differs between a tensor in the file and in the network.
  package enum Layout: Sendable, Hashable {
    case same
    /// `[in, out]` in the file.
    case transposed
    /// In the file, each head's rows are together: its queries, its keys, its values.
    case headByHead
    /// In the file, the two elements of a head that are rotated together are neighbours.
    case pairs
  }

  /// What the file writes before the number of a block.
  var layers = "model.layers"
  /// The file's names of modules by the network's, those of a block without its number.
  var modules: [String: String] = [:]
  /// By the network's modules.
  var layouts: [String: Layout] = [:]
  /// Ends of the names of tensors that hold no weights.
  var buffers: [String] = []

  static let embedding = "model.embed_tokens"
  static let networkLayers = "model.layers"

  /// The file's name of the network's `name`, a module or a parameter.
  package func stored(_ name: String) -> String {
    map(name, from: Self.networkLayers, to: layers, modules)
  }

  /// The network's name of the file's `name`.
  package func network(_ name: String) -> String {
    map(
      name, from: layers, to: Self.networkLayers,
      Dictionary(uniqueKeysWithValues: modules.map { ($1, $0) }))
  }

  /// How the file lays out the network's parameter `name`.
  func layout(of name: String) -> Layout {
    guard !layouts.isEmpty else { return .same }
    let (module, ending) = Self.split(name)
    let parts = module.split(separator: ".", maxSplits: 3)
    let layout = layouts[parts.count == 4 ? String(parts[3]) : module] ?? .same
    return layout == .transposed && ending == ".bias" ? .same : layout
  }

  private func map(
    _ name: String, from: String, to: String, _ modules: [String: String]
  ) -> String {
    let (module, ending) = Self.split(name)
    guard module.hasPrefix(from + ".") else { return (modules[module] ?? module) + ending }
    let parts = module.dropFirst(from.count + 1).split(separator: ".", maxSplits: 1)
    guard parts.count == 2, Int(parts[0]) != nil else {
      return (modules[module] ?? module) + ending
    }
    let inner = String(parts[1])
    return "\(to).\(parts[0]).\(modules[inner] ?? inner)\(ending)"
  }

  /// Module, and `.weight`, `.bias` or nothing.
  private static func split(_ name: String) -> (String, String) {
    for ending in [".weight", ".bias"] where name.hasSuffix(ending) {
      return (String(name.dropLast(ending.count)), ending)
    }
    return (name, "")
  }
}

extension DecoderSpelling {
  private static let attentionOutput = "attention_output_norm"
  private static let feedForwardOutput = "feed_forward_output_norm"

  /// Norms after attention and feed-forward block, and what those before are called beside them.
  static let fourNorms = DecoderSpelling(modules: [
    "post_attention_layernorm": "pre_feedforward_layernorm",
    attentionOutput: "post_attention_layernorm", feedForwardOutput: "post_feedforward_layernorm",
  ])
  static let gptNeoX = DecoderSpelling(
    layers: "gpt_neox.layers",
    modules: [
      embedding: "gpt_neox.embed_in", "model.norm": "gpt_neox.final_layer_norm",
      "lm_head": "embed_out", "self_attn.qkv_proj": "attention.query_key_value",
      "self_attn.o_proj": "attention.dense", "mlp.up_proj": "mlp.dense_h_to_4h",
      "mlp.down_proj": "mlp.dense_4h_to_h",
    ], layouts: ["self_attn.qkv_proj": .headByHead],
    buffers: [".attention.bias", ".attention.masked_bias"])
  static let phi = DecoderSpelling(modules: [
    "model.norm": "model.final_layernorm", "self_attn.o_proj": "self_attn.dense",
    "mlp.up_proj": "mlp.fc1", "mlp.down_proj": "mlp.fc2",
  ])
  static let gpt2 = DecoderSpelling(
    layers: "transformer.h",
    modules: [
      embedding: "transformer.wte", "model.embed_positions": "transformer.wpe",
      "model.norm": "transformer.ln_f", "input_layernorm": "ln_1",
      "post_attention_layernorm": "ln_2", "self_attn.qkv_proj": "attn.c_attn",
      "self_attn.o_proj": "attn.c_proj", "mlp.up_proj": "mlp.c_fc", "mlp.down_proj": "mlp.c_proj",
    ],
    layouts: [
      "self_attn.qkv_proj": .transposed, "self_attn.o_proj": .transposed,
      "mlp.up_proj": .transposed, "mlp.down_proj": .transposed,
    ], buffers: [".attn.bias", ".attn.masked_bias"])
  static let gptJ = DecoderSpelling(
    layers: "transformer.h",
    modules: [
      embedding: "transformer.wte", "model.norm": "transformer.ln_f", "input_layernorm": "ln_1",
      "self_attn.q_proj": "attn.q_proj", "self_attn.k_proj": "attn.k_proj",
      "self_attn.v_proj": "attn.v_proj", "self_attn.o_proj": "attn.out_proj",
      "mlp.up_proj": "mlp.fc_in", "mlp.down_proj": "mlp.fc_out",
    ], layouts: ["self_attn.q_proj": .pairs, "self_attn.k_proj": .pairs],
    buffers: [".attn.bias", ".attn.masked_bias"])
}
