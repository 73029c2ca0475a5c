package import Formats
import Tensors

extension DecoderConfiguration {
  /// Reads a Hugging Face config.json.
  ///
  /// What transformers derives when a field is absent is derived here the same way, and some fields have the defaults
  /// of its classes; nothing else has a default.
  /// - Throws: `FileError`, or `ModelError` with every problem.
  package init(configFile path: String) throws {
    try self.init(json: JSONFile.object(path: path), path: path)
  }

  /// Reads the object of a config.json; `path` is for messages.
  package init(json: Mapping, path: String) throws(ModelError) {
    var fields = ConfigurationFields(json)
    guard let architecture = Self.architecture(&fields) else {
      throw .invalidConfiguration(path: path, problems: fields.problems)
    }
    let hiddenSize = fields.integer("hidden_size", in: Limits.hiddenSize)
    let headCount = fields.integer("num_attention_heads", in: Limits.headCount)
    let layerCount = fields.integer("num_hidden_layers", in: Limits.layerCount)
    let vocabularySize = fields.integer("vocab_size", in: Limits.vocabularySize)
    let contextLength = Self.contextLength(&fields, architecture)
    if fields.value("head_dim") == nil, architecture.absentHeadWidth == nil,
      hiddenSize % headCount != 0
    {
      fields.note(
        "num_attention_heads",
        "is \(headCount), which does not divide 'hidden_size' \(hiddenSize), and 'head_dim' is missing"
      )
    }
    // null means as many key/value heads as query heads in every architecture.
    let absentHeads =
      fields.mentions("num_key_value_heads") ? nil : architecture.absentKeyValueHeads
    let biases = architecture.biases
    let attentionBias =
      [.attention, .attentionAndFeedForward].contains(biases) && fields.bool("attention_bias")
    self.init(
      architecture: architecture, hiddenSize: hiddenSize,
      feedForwardSize: fields.integer("intermediate_size", in: Limits.feedForwardSize),
      layerCount: layerCount, headCount: headCount,
      keyValueHeadCount: fields.integer(
        "num_key_value_heads", in: Limits.headCount, absent: absentHeads ?? headCount),
      headWidth: fields.integer(
        "head_dim", in: Limits.headWidth,
        absent: architecture.absentHeadWidth ?? max(hiddenSize / headCount, 2)),
      vocabularySize: vocabularySize,
      // What transformers takes for granted in every one of these architectures.
      normEpsilon: fields.number("rms_norm_eps", in: Limits.normEpsilon, absent: 1e-6),
      rotary: Self.rotary(&fields, contextLength: contextLength), contextLength: contextLength,
      tiesEmbeddings: fields.bool("tie_word_embeddings"),
      queryKeyValueBias: attentionBias || biases == .queryKeyValue,
      attentionOutputBias: attentionBias,
      feedForwardBias: biases == .attentionAndFeedForward && fields.bool("mlp_bias"),
      slidingWindows: Self.slidingWindows(&fields, architecture, layerCount: layerCount),
      beginID: Self.ids("bos_token_id", &fields, below: vocabularySize).first,
      endIDs: Self.ids("eos_token_id", &fields, below: vocabularySize))
    Self.refuseUnsupported(&fields)
    let problems =
      fields.problems.isEmpty
      ? inconsistencies(
        heads: "num_attention_heads", keyValueHeads: "num_key_value_heads", width: "head_dim")
      : fields.problems
    guard problems.isEmpty else { throw .invalidConfiguration(path: path, problems: problems) }
  }

  private static func architecture(_ fields: inout ConfigurationFields) -> Architecture? {
    let supported = Architecture.allCases.map(\.name).joined(separator: ", ")
    let type = fields.string("model_type")
    let named = fields.value("architectures")
    guard let named else {
      let found = Architecture.allCases.first { $0.modelType == type }
      if found == nil { fields.note("architectures", "is missing; supported: \(supported)") }
      return found
    }
    guard let name = named.list?.first?.string.map(causal),
      let found = Architecture.allCases.first(where: { $0.name == name })
    else {
      fields.note(
        "architectures", "is \(named.shownText); supported: \(supported)")
      return nil
    }
    if let type, type != found.modelType {
      fields.note("model_type", "is '\(type.shown())' but 'architectures' says \(found.name)")
    }
    return found
  }

  /// The name of the class that predicts tokens, for that of a class that shares its network, as transformers takes
  /// them for each other.
  private static func causal(_ name: String) -> String {
    // How the first converted checkpoints spell it.
    if name == "LLaMAForCausalLM" { return "LlamaForCausalLM" }
    for ending in ["Model", "ForSequenceClassification"] where name.hasSuffix(ending) {
      return name.dropLast(ending.count) + "ForCausalLM"
    }
    return name
  }

  /// Older Llama files name it `max_sequence_length`.
  private static func contextLength(
    _ fields: inout ConfigurationFields, _ architecture: Architecture
  ) -> Int {
    let name = "max_position_embeddings"
    let isOld = architecture.hasOldFields && fields.value(name) == nil
    return fields.integer(
      isOld ? "max_sequence_length" : name, in: Limits.positions,
      absent: architecture.absentContextLength)
  }

  /// Token ids; those that no token has are left out: negative ones, which stand for none, and those outside the
  /// vocabulary.
  private static func ids(
    _ field: String, _ fields: inout ConfigurationFields, below count: Int
  ) -> [Int] {
    guard let value = fields.value(field) else { return [] }
    let values = value.list ?? [value]
    let ids = values.compactMap(\.integer)
    if ids.count != values.count {
      fields.note(field, "is \(value.shownText); supported: a token id or a list of them")
    }
    return ids.filter { (0..<count).contains($0) }
  }

  private static func refuseUnsupported(_ fields: inout ConfigurationFields) {
    if let activation = fields.string("hidden_act"), !["silu", "swish"].contains(activation) {
      fields.note("hidden_act", "is '\(activation.shown())'; supported: silu")
    }
    if fields.value("quantization_config") != nil {
      fields.note(
        "quantization_config",
        "is set; quantised Hugging Face weights are not supported, "
          + "give the original weights or a GGUF file")
    }
    if let partial = fields.value("partial_rotary_factor"), partial.number != 1 {
      fields.note("partial_rotary_factor", "is \(partial.shownText); supported: 1")
    }
  }
}

// MARK: - Rotary embedding

extension DecoderConfiguration {
  /// transformers 5 writes `rope_parameters`, earlier versions `rope_theta` and `rope_scaling`; when both are
  /// there `rope_scaling` wins, as in transformers.
  private static func rotary(_ fields: inout ConfigurationFields, contextLength: Int) -> Rotary {
    let scalingObject = fields.value("rope_scaling")
    let useScaling = scalingObject?.mapping?.isEmpty == false
    let name = useScaling ? "rope_scaling" : "rope_parameters"
    for field in ["rope_scaling", "rope_parameters"] {
      if let value = fields.value(field), value.mapping == nil {
        fields.note(field, "is \(value.shownText); it should be an object")
      }
    }
    var nested = ConfigurationFields(
      (useScaling ? scalingObject : fields.value("rope_parameters"))?.mapping ?? Mapping(),
      prefix: "\(name).")
    // 10000 is what every one of these architectures means by leaving θ out.
    let outerTheta = fields.number("rope_theta", in: Limits.theta, absent: 10_000)
    let theta = nested.number("rope_theta", in: Limits.theta, absent: outerTheta)
    if let partial = nested.value("partial_rotary_factor"), partial.number != 1 {
      nested.note("partial_rotary_factor", "is \(partial.shownText); supported: 1")
    }
    if nested.value("full_attention") != nil || nested.value("sliding_attention") != nil {
      nested.note("full_attention", "differs by layer; supported: one setting for all layers")
    }
    let original = fields.number(
      "original_max_position_embeddings", in: 1...Double(Limits.positions.upperBound), absent: 0)
    let scaling = scaling(
      &nested, originalContext: original, contextLength: Double(contextLength))
    fields.note(nested)
    return Rotary(theta: theta, scaling: scaling)
  }

  private static func scaling(
    _ fields: inout ConfigurationFields, originalContext: Double, contextLength: Double
  ) -> Rotary.Scaling {
    let kind = fields.string("rope_type") ?? fields.string("type") ?? "default"
    switch kind {
    case "default": return .none
    case "linear": return .linear(factor: fields.number("factor", in: Limits.factor))
    case "dynamic": return .dynamic(factor: fields.number("factor", in: Limits.factor))
    case "llama3":
      let inner = fields.number(
        "original_max_position_embeddings", in: 1...Double(Limits.positions.upperBound),
        absent: contextLength)
      let low = fields.number("low_freq_factor", in: Limits.factor)
      let high = fields.number("high_freq_factor", in: Limits.factor)
      if high <= low { fields.note("high_freq_factor", "must be above low_freq_factor \(low)") }
      return .llama3(
        factor: fields.number("factor", in: Limits.factor), lowFactor: low, highFactor: high,
        originalContext: originalContext > 0 ? originalContext : inner)
    default:
      fields.note("rope_type", "is '\(kind.shown())'; supported: default, linear, dynamic, llama3")
      return .none
    }
  }
}

// MARK: - Sliding windows

extension DecoderConfiguration {
  private static func slidingWindows(
    _ fields: inout ConfigurationFields, _ architecture: Architecture, layerCount: Int
  ) -> [Int?] {
    let all = [Int?](repeating: nil, count: layerCount)
    let types = layerTypes(&fields, layerCount: layerCount)
    switch architecture.slidingWindows {
    case .none:
      if types?.contains(true) == true {
        fields.note(
          "layer_types", "has sliding_attention; \(architecture.name) has only full_attention")
      }
      return all
    case .allLayers:
      let window = window(&fields)
      if let types, types.contains(where: { $0 != (window != nil) }) {
        fields.note(
          "layer_types", "mixes attention; \(architecture.name) has one kind for all layers")
      }
      return all.map { _ in window }
    case .someLayers:
      guard fields.bool("use_sliding_window") else {
        if types?.contains(true) == true {
          fields.note("layer_types", "has sliding_attention but 'use_sliding_window' is not true")
        }
        return all
      }
      guard let window = window(&fields) else { return all }
      if let types { return types.map { $0 ? window : nil } }
      let first = fields.integer(
        "max_window_layers", in: 0...Limits.layerCount.upperBound, absent: 28)
      return all.indices.map { $0 >= first ? window : nil }
    }
  }

  /// Nil where the file says null; 4096 where it says nothing.
  private static func window(_ fields: inout ConfigurationFields) -> Int? {
    fields.mentions("sliding_window") && fields.value("sliding_window") == nil
      ? nil : fields.integer("sliding_window", in: Limits.positions, absent: 4096)
  }

  /// For each layer whether its attention slides; nil when the file does not say.
  private static func layerTypes(
    _ fields: inout ConfigurationFields, layerCount: Int
  ) -> [Bool]? {
    guard let value = fields.value("layer_types") else { return nil }
    let names = value.list?.compactMap(\.string) ?? []
    guard names.count == layerCount,
      names.allSatisfy({ $0 == "sliding_attention" || $0 == "full_attention" })
    else {
      fields.note(
        "layer_types", "should list \(layerCount) times full_attention or sliding_attention")
      return nil
    }
    return names.map { $0 == "sliding_attention" }
  }
}
