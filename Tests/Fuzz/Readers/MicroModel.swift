/// A decoder of one layer with random weights: all that readers of models need, in a few kilobytes.
struct MicroModel {
  var type = "llama"
  var vocabulary = 8
  var hidden = 8
  var heads = 2
  var intermediate = 12

  private static let architectures = [
    "llama": "LlamaForCausalLM", "mistral": "MistralForCausalLM", "qwen2": "Qwen2ForCausalLM",
  ]

  var configuration: Tree {
    var tree = Tree.object([
      ("architectures", .array([.string(Self.architectures[type] ?? type)])),
      ("model_type", .string(type)),
      ("vocab_size", .raw("\(vocabulary)")), ("hidden_size", .raw("\(hidden)")),
      ("intermediate_size", .raw("\(intermediate)")), ("num_hidden_layers", .raw("1")),
      ("num_attention_heads", .raw("\(heads)")), ("num_key_value_heads", .raw("1")),
      ("max_position_embeddings", .raw("512")), ("rms_norm_eps", .raw("1e-05")),
      ("rope_theta", .raw("10000.0")),
      ("hidden_act", .string("silu")), ("tie_word_embeddings", .bool(false)),
      ("bos_token_id", .raw("1")),
      ("eos_token_id", .raw("2")), ("dtype", .string("float32")),
      ("attention_dropout", .raw("0.0")),
    ])
    switch type {
    case "llama":
      tree["attention_bias"] = .bool(false)
      tree["mlp_bias"] = .bool(false)
    case "mistral": tree["sliding_window"] = .null
    default: tree["use_sliding_window"] = .bool(false)
    }
    return tree
  }

  /// Names and shapes, rows first.
  var tensors: [(name: String, shape: [Int])] {
    let width = hidden / heads
    let layer = "model.layers.0."
    var tensors: [(name: String, shape: [Int])] = [
      ("model.embed_tokens.weight", [vocabulary, hidden]),
      ("lm_head.weight", [vocabulary, hidden]),
      ("model.norm.weight", [hidden]), (layer + "input_layernorm.weight", [hidden]),
      (layer + "post_attention_layernorm.weight", [hidden]),
      (layer + "self_attn.q_proj.weight", [hidden, hidden]),
      (layer + "self_attn.k_proj.weight", [width, hidden]),
      (layer + "self_attn.v_proj.weight", [width, hidden]),
      (layer + "self_attn.o_proj.weight", [hidden, hidden]),
      (layer + "mlp.gate_proj.weight", [intermediate, hidden]),
      (layer + "mlp.up_proj.weight", [intermediate, hidden]),
      (layer + "mlp.down_proj.weight", [hidden, intermediate]),
    ]
    if type == "qwen2" {
      tensors += [
        (layer + "self_attn.q_proj.bias", [hidden]), (layer + "self_attn.k_proj.bias", [width]),
        (layer + "self_attn.v_proj.bias", [width]),
      ]
    }
    return tensors
  }

  /// Configuration and weights in the folder `name`, and rows of token ids beside it.
  func files(_ name: String = "model") -> Files {
    var random = Random(reader: type, seed: 0)
    var files = Files()
    files[text: "\(name)/config.json"] = configuration.json
    files["\(name)/model.safetensors"] = Safetensors(tensors, &random).bytes
    files[text: "ids.jsonl"] = """
      {"context_ids": [1, 3], "continuation_ids": [4, 5]}
      {"context_ids": [1], "continuation_ids": [7]}

      """
    return files
  }

  /// The model with a tokenizer of Tests/Fixtures/tokenizers and a vocabulary that holds it.
  static func withTokenizer(_ name: String = "model", hidden: Int = 8) throws -> Files {
    var files = MicroModel(vocabulary: 512, hidden: hidden).files(name)
    files["\(name)/tokenizer.json"] = try Fixture.bytes("goldens/tiny-llama/tokenizer.json")
    files["\(name)/tokenizer_config.json"] = try Fixture.bytes(
      "goldens/tiny-llama/tokenizer_config.json")
    return files
  }

  /// Names of tensors in GGUF files by those of Hugging Face.
  private static let ggufNames = [
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
  ]

  /// The model as GGUF without a tokenizer.
  ///
  /// - Parameter content: element type and bytes of a tensor of so many elements.
  func gguf(_ content: (_ name: String, _ shape: [Int]) -> (type: UInt32, bytes: [UInt8])) -> GGUF {
    var file = GGUF()
    file.add("general.architecture", "llama")
    let numbers = [
      ("block_count", 1), ("context_length", 64), ("embedding_length", hidden),
      ("feed_forward_length", intermediate),
      ("attention.head_count", heads), ("attention.head_count_kv", 1),
      ("rope.dimension_count", hidden / heads),
    ]
    for (key, value) in numbers { file.add("llama.\(key)", UInt32(value)) }
    file.add("llama.attention.layer_norm_rms_epsilon", Float(1e-5))
    for tensor in tensors {
      let module = tensor.name.dropLast(".weight".count)
      let isLayer = module.hasPrefix("model.layers.0.")
      let own = String(isLayer ? module.dropFirst("model.layers.0.".count) : module)
      let (type, bytes) = content(tensor.name, tensor.shape)
      file.add(
        (isLayer ? "blk.0." : "") + Self.ggufNames[own, default: own] + ".weight",
        tensor.shape.reversed(),
        type: type, bytes)
    }
    return file
  }
}
