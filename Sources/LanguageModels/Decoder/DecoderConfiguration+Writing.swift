package import Formats
package import Tensors

extension DecoderConfiguration {
  /// The configuration as a config.json that transformers reads, for weights stored as `format`.
  ///
  /// - Throws: `ModelError.invalidConfiguration` for biases that the architecture's config.json cannot express.
  package func json(format: FloatFormat, path: String) throws(ModelError) -> Mapping {
    let sayable =
      switch architecture.biases {
      case .none: !queryKeyValueBias && !attentionOutputBias && !feedForwardBias
      case .queryKeyValue: queryKeyValueBias && !attentionOutputBias && !feedForwardBias
      case .attention: queryKeyValueBias == attentionOutputBias && !feedForwardBias
      case .attentionAndFeedForward: queryKeyValueBias == attentionOutputBias
      }
    guard sayable else {
      throw .invalidConfiguration(
        path: path,
        problems: [
          "the model's biases are not those of \(architecture.name); it cannot be written"
        ])
    }
    var json: Mapping = [
      "architectures": .list([.string(architecture.name)]),
      "model_type": .string(architecture.modelType),
      "hidden_size": .integer(hiddenSize),
      "intermediate_size": .integer(feedForwardSize),
      "num_hidden_layers": .integer(layerCount),
      "num_attention_heads": .integer(headCount),
      "num_key_value_heads": .integer(keyValueHeadCount),
      "head_dim": .integer(headWidth),
      "vocab_size": .integer(vocabularySize),
      "max_position_embeddings": .integer(contextLength),
      "rms_norm_eps": .float(normEpsilon),
      "hidden_act": .string("silu"),
      "rope_theta": .float(rotary.theta),
      "rope_scaling": rotary.json,
      "tie_word_embeddings": .bool(tiesEmbeddings),
      "bos_token_id": beginID.map { .integer($0) } ?? .null,
      "eos_token_id": endIDs.count == 1
        ? .integer(endIDs[0]) : endIDs.isEmpty ? .null : .list(endIDs.map { .integer($0) }),
      "torch_dtype": .string(format.torchName),
    ]
    if [.attention, .attentionAndFeedForward].contains(architecture.biases) {
      json["attention_bias"] = .bool(attentionOutputBias)
    }
    if architecture.biases == .attentionAndFeedForward {
      json["mlp_bias"] = .bool(feedForwardBias)
    }
    let window = slidingWindows.compactMap { $0 }.first
    switch architecture.slidingWindows {
    case .none: break
    case .allLayers: json["sliding_window"] = window.map { .integer($0) } ?? .null
    case .someLayers:
      json["use_sliding_window"] = .bool(window != nil)
      json["sliding_window"] = window.map { .integer($0) } ?? .null
      json["layer_types"] = .list(
        slidingWindows.map { .string($0 == nil ? "full_attention" : "sliding_attention") })
    }
    return json
  }
}

extension DecoderConfiguration.Rotary {
  /// The `rope_scaling` of a config.json.
  fileprivate var json: Value {
    switch scaling {
    case .none: .null
    case .linear(let factor):
      .mapping(["rope_type": .string("linear"), "factor": .float(factor)])
    case .dynamic(let factor):
      .mapping(["rope_type": .string("dynamic"), "factor": .float(factor)])
    case .llama3(let factor, let low, let high, let context):
      .mapping([
        "rope_type": .string("llama3"), "factor": .float(factor),
        "low_freq_factor": .float(low), "high_freq_factor": .float(high),
        "original_max_position_embeddings": .integer(Int(context)),
      ])
    }
  }
}

extension FloatFormat {
  /// What PyTorch calls the format.
  package var torchName: String {
    switch self {
    case .float32: "float32"
    case .bfloat16: "bfloat16"
    case .float16: "float16"
    }
  }
}
