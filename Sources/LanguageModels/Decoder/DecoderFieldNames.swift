/// How a family's config.json names the numbers that every decoder has.
package struct DecoderFieldNames: Sendable, Hashable {
  package var hiddenSize = "hidden_size"
  package var layerCount = "num_hidden_layers"
  package var headCount = "num_attention_heads"
  /// `nil`: there are as many heads of keys and values as of queries.
  package var keyValueHeadCount: String? = "num_key_value_heads"
  package var feedForwardSize = "intermediate_size"
  package var contextLength = "max_position_embeddings"
  package var normEpsilon = "rms_norm_eps"
  package var activation = "hidden_act"
  package var rotaryBase = "rope_theta"
  package var rotaryShare = "partial_rotary_factor"
  /// Whether the feed-forward size is 4·D where the field is missing or null.
  package var infersFeedForwardSize = false

  /// Those of GPT-2 and GPT-J.
  package static let gpt = DecoderFieldNames(
    hiddenSize: "n_embd", layerCount: "n_layer", headCount: "n_head", keyValueHeadCount: nil,
    feedForwardSize: "n_inner", contextLength: "n_positions", normEpsilon: "layer_norm_epsilon",
    activation: "activation_function", infersFeedForwardSize: true)
}
