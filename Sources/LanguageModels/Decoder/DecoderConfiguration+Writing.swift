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
      case .feedForwardAndAttention: queryKeyValueBias == attentionOutputBias && feedForwardBias
      case .feedForward: !queryKeyValueBias && !attentionOutputBias && feedForwardBias
      case .all: queryKeyValueBias && attentionOutputBias && feedForwardBias
      }
    guard sayable else {
      throw .invalidConfiguration(
        path: path,
        problems: [
          "the model's biases are not those of \(architecture.name); it cannot be written"
        ])
    }
    let keys = architecture.keys
    var json: Mapping = [
      "architectures": .list([.string(architecture.name)]),
      "model_type": .string(architecture.modelType),
      keys.hiddenSize: .integer(hiddenSize),
      keys.feedForwardSize: .integer(feedForwardSize),
      keys.layerCount: .integer(layerCount),
      keys.headCount: .integer(headCount),
    ]
    if let key = keys.keyValueHeadCount {
      json[key] = .integer(keyValueHeadCount)
      json["head_dim"] = .integer(headWidth)
    }
    json["vocab_size"] = .integer(vocabularySize)
    json[keys.contextLength] = .integer(contextLength)
    json[keys.normEpsilon] = .float(normEpsilon)
    json[keys.activation] = .string(Self.names(of: activation)[0])
    writeRotary(to: &json)
    json["tie_word_embeddings"] = .bool(tiesEmbeddings)
    json["bos_token_id"] = beginID.map { .integer($0) } ?? .null
    json["eos_token_id"] =
      endIDs.count == 1
      ? .integer(endIDs[0]) : endIDs.isEmpty ? .null : .list(endIDs.map { .integer($0) })
    json["torch_dtype"] = .string(format.torchName)
    if [.attention, .attentionAndFeedForward, .feedForwardAndAttention].contains(
      architecture.biases)
    {
      json["attention_bias"] = .bool(attentionOutputBias)
    }
    if architecture.biases == .attentionAndFeedForward {
      json["mlp_bias"] = .bool(feedForwardBias)
    }
    if architecture.isParallel, architecture.normPlaces != .once {
      json["use_parallel_residual"] = .bool(isParallel)
    }
    if architecture.hasAttentionScalar {
      json["query_pre_attn_scalar"] =
        Int(exactly: attentionScalar).map { .integer($0) } ?? .float(attentionScalar)
    }
    if architecture.capsAttention {
      json["attn_logit_softcapping"] = attentionCap.map { .float($0) } ?? .null
    }
    if architecture.capsLogits {
      json["final_logit_softcapping"] = logitCap.map { .float($0) } ?? .null
    }
    let window = slidingWindows.compactMap { $0 }.first
    switch architecture.slidingWindows {
    case .none: break
    case .allLayers: json["sliding_window"] = window.map { .integer($0) } ?? .null
    case .someLayers:
      json["use_sliding_window"] = .bool(window != nil)
      json["sliding_window"] = window.map { .integer($0) } ?? .null
      json["layer_types"] = layerTypes
    case .allBut:
      json["sliding_window"] = window.map { .integer($0) } ?? .null
      json["layer_types"] = layerTypes
    }
    return json
  }

  /// A share of a head's width whose product with it, rounded down, is R.
  private var rotaryShare: Double {
    let share = Double(rotaryWidth) / Double(headWidth)
    return Int(Double(headWidth) * share) == rotaryWidth
      ? share : (Double(rotaryWidth) + 0.5) / Double(headWidth)
  }

  private var layerTypes: Value {
    .list(slidingWindows.map { .string($0 == nil ? "full_attention" : "sliding_attention") })
  }

  private func writeRotary(to json: inout Mapping) {
    switch architecture.positions {
    case .learnt: break
    case .rotaryWidth: json["rotary_dim"] = .integer(rotaryWidth)
    case .rotaryByLayer:
      json["rope_theta"] = .float(rotary.theta)
      json["rope_local_base_freq"] = .float((localRotary ?? rotary).theta)
      json["rope_scaling"] = rotary.json
    case .rotary(let share):
      json[architecture.keys.rotaryBase] = .float(rotary.theta)
      json["rope_scaling"] = rotary.json
      if share != nil {
        json[architecture.keys.rotaryShare] = .float(rotaryShare)
      }
      if case .longrope(_, _, let original, _) = rotary.scaling {
        json["original_max_position_embeddings"] = .integer(Int(original))
      }
    }
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
    case .longrope(let short, let long, let context, let attention):
      .mapping([
        "rope_type": .string("longrope"), "short_factor": .list(short.map { .float($0) }),
        "long_factor": .list(long.map { .float($0) }), "attention_factor": .float(attention),
        "original_max_position_embeddings": .integer(Int(context)),
      ])
    case .yarn(let factor, let slow, let fast, let context, let attention, let truncates):
      .mapping([
        "rope_type": .string("yarn"), "factor": .float(factor), "beta_slow": .float(slow),
        "beta_fast": .float(fast), "attention_factor": .float(attention),
        "original_max_position_embeddings": .integer(Int(context)), "truncate": .bool(truncates),
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
