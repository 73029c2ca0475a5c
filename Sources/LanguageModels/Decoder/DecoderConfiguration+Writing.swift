package import Tensors

extension DecoderConfiguration {
  /// The configuration as a config.json that transformers reads, for weights stored as `format`.
  ///
  /// - Throws: `ModelError.invalidConfiguration` for biases that the architecture's config.json cannot express.
  package func json(format: FloatFormat, path: String) throws(ModelError) -> JSONObject {
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
    var json: JSONObject = [
      "architectures": .array([.string(architecture.name)]),
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
    json[keys.normEpsilon] = .number(normEpsilon)
    json[keys.activation] = .string(Self.names(of: activation)[0])
    writeRotary(to: &json)
    json["tie_word_embeddings"] = .bool(tiesEmbeddings)
    json["bos_token_id"] = beginID.map { .integer($0) } ?? .null
    json["eos_token_id"] =
      endIDs.count == 1
      ? .integer(endIDs[0]) : endIDs.isEmpty ? .null : .array(endIDs.map { .integer($0) })
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
        Int(exactly: attentionScalar).map { .integer($0) } ?? .number(attentionScalar)
    }
    if architecture.capsAttention {
      json["attn_logit_softcapping"] = attentionCap.map { .number($0) } ?? .null
    }
    if architecture.capsLogits {
      json["final_logit_softcapping"] = logitCap.map { .number($0) } ?? .null
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

  private var layerTypes: JSONValue {
    .array(slidingWindows.map { .string($0 == nil ? "full_attention" : "sliding_attention") })
  }

  private func writeRotary(to json: inout JSONObject) {
    switch architecture.positions {
    case .learnt: break
    case .rotaryWidth: json["rotary_dim"] = .integer(rotaryWidth)
    case .rotaryByLayer:
      json["rope_theta"] = .number(rotary.theta)
      json["rope_local_base_freq"] = .number((localRotary ?? rotary).theta)
      json["rope_scaling"] = rotary.json
    case .rotary(let share):
      json[architecture.keys.rotaryBase] = .number(rotary.theta)
      json["rope_scaling"] = rotary.json
      if share != nil {
        json[architecture.keys.rotaryShare] = .number(rotaryShare)
      }
      if case .longrope(_, _, let original, _) = rotary.scaling {
        json["original_max_position_embeddings"] = .integer(Int(original))
      }
    }
  }
}

extension DecoderConfiguration.Rotary {
  /// The `rope_scaling` of a config.json.
  fileprivate var json: JSONValue {
    switch scaling {
    case .none: .null
    case .linear(let factor):
      .object(["rope_type": .string("linear"), "factor": .number(factor)])
    case .dynamic(let factor):
      .object(["rope_type": .string("dynamic"), "factor": .number(factor)])
    case .llama3(let factor, let low, let high, let context):
      .object([
        "rope_type": .string("llama3"), "factor": .number(factor),
        "low_freq_factor": .number(low), "high_freq_factor": .number(high),
        "original_max_position_embeddings": .integer(Int(context)),
      ])
    case .longrope(let short, let long, let context, let attention):
      .object([
        "rope_type": .string("longrope"), "short_factor": .array(short.map { .number($0) }),
        "long_factor": .array(long.map { .number($0) }), "attention_factor": .number(attention),
        "original_max_position_embeddings": .integer(Int(context)),
      ])
    case .yarn(let factor, let slow, let fast, let context, let attention, let truncates):
      .object([
        "rope_type": .string("yarn"), "factor": .number(factor), "beta_slow": .number(slow),
        "beta_fast": .number(fast), "attention_factor": .number(attention),
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
