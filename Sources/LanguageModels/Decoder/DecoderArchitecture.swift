/// A family of decoders as data: what its files and its network have that others have not.
///
/// To add one: a row in `allCases` and its names in GGUF files. Readers, writers and engines interpret the flags; an
/// engine that lacks one refuses it by its name.
package struct DecoderArchitecture: Sendable, Hashable, CaseIterable {
  /// Which projections have a bias.
  package enum Biases: Sendable {
    case none
    case queryKeyValue
    /// Queries, keys, values and output, where `attention_bias` says so.
    case attention
    /// And those of the feed-forward block, where `mlp_bias` says so.
    case attentionAndFeedForward
  }

  /// Which layers see only the latest positions.
  package enum SlidingWindows: Sendable {
    case none
    case allLayers
    /// Those that `use_sliding_window`, `layer_types` and `max_window_layers` name.
    case someLayers
  }

  /// First of `architectures` in config.json.
  package let name: String
  /// `model_type` in config.json.
  package let modelType: String
  /// `general.architecture` in a GGUF file; llama.cpp writes Mistral as `llama`.
  package let ggufName: String
  package var biases = Biases.none
  package var slidingWindows = SlidingWindows.none
  /// Whether the queries and keys of each head go through an RMSNorm before they are rotated.
  package var queryKeyNorm = false
  /// Width of a head where config.json has no `head_dim`; `nil`: the hidden size divided among the heads.
  package var absentHeadWidth: Int?
  /// Positions where config.json has no `max_position_embeddings`.
  package var absentContextLength = 2048
  /// Heads of keys and values where config.json has no `num_key_value_heads`; `nil`: as many as of queries.
  package var absentKeyValueHeads: Int?
  /// Whether its first files spell the name `LLaMA…`, have `max_sequence_length` and no grouped heads.
  package var hasOldFields = false

  package static let llama = DecoderArchitecture(
    name: "LlamaForCausalLM", modelType: "llama", ggufName: "llama",
    biases: .attentionAndFeedForward, hasOldFields: true)
  package static let mistral = DecoderArchitecture(
    name: "MistralForCausalLM", modelType: "mistral", ggufName: "llama", slidingWindows: .allLayers,
    absentContextLength: 131_072, absentKeyValueHeads: 8)
  package static let qwen2 = DecoderArchitecture(
    name: "Qwen2ForCausalLM", modelType: "qwen2", ggufName: "qwen2", biases: .queryKeyValue,
    slidingWindows: .someLayers, absentContextLength: 32_768, absentKeyValueHeads: 32)
  package static let qwen3 = DecoderArchitecture(
    name: "Qwen3ForCausalLM", modelType: "qwen3", ggufName: "qwen3", biases: .attention,
    slidingWindows: .someLayers, queryKeyNorm: true, absentHeadWidth: 128,
    absentContextLength: 32_768, absentKeyValueHeads: 32)

  package static let allCases: [DecoderArchitecture] = [llama, mistral, qwen2, qwen3]
}
