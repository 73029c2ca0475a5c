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
    let keys = architecture.keys
    let hiddenSize = fields.integer(keys.hiddenSize, in: Limits.hiddenSize)
    let headCount = fields.integer(keys.headCount, in: Limits.headCount)
    let layerCount = fields.integer(keys.layerCount, in: Limits.layerCount)
    let vocabularySize = fields.integer("vocab_size", in: Limits.vocabularySize)
    let contextLength = Self.contextLength(&fields, architecture)
    if fields.value("head_dim") == nil, architecture.absentHeadWidth == nil,
      hiddenSize % headCount != 0
    {
      fields.note(
        keys.headCount,
        "is \(headCount), which does not divide '\(keys.hiddenSize)' \(hiddenSize), and 'head_dim' is missing"
      )
    }
    let headWidth = fields.integer(
      "head_dim", in: Limits.headWidth,
      absent: architecture.absentHeadWidth ?? max(hiddenSize / headCount, 2))
    let biases = Self.biases(&fields, architecture)
    let rotary = Self.rotary(
      &fields, architecture, contextLength: contextLength, headWidth: headWidth)
    self.init(
      architecture: architecture, hiddenSize: hiddenSize,
      feedForwardSize: fields.integer(
        keys.feedForwardSize, in: Limits.feedForwardSize,
        absent: keys.infersFeedForwardSize ? 4 * hiddenSize : nil),
      layerCount: layerCount, headCount: headCount,
      keyValueHeadCount: Self.keyValueHeadCount(&fields, architecture, headCount: headCount),
      headWidth: headWidth, vocabularySize: vocabularySize,
      normEpsilon: fields.number(
        keys.normEpsilon, in: Limits.normEpsilon, absent: architecture.absentNormEpsilon),
      rotary: rotary.all, contextLength: contextLength,
      tiesEmbeddings: fields.bool("tie_word_embeddings", absent: architecture.tiesUnlessTold),
      queryKeyValueBias: biases.attention || architecture.biases == .queryKeyValue,
      attentionOutputBias: biases.attention, feedForwardBias: biases.feedForward,
      slidingWindows: Self.slidingWindows(&fields, architecture, layerCount: layerCount),
      beginID: Self.ids("bos_token_id", &fields, below: vocabularySize).first,
      endIDs: Self.ids("eos_token_id", &fields, below: vocabularySize))
    (localRotary, rotaryWidth) = (rotary.local, rotary.width)
    activation = Self.activation(&fields, architecture)
    isParallel =
      architecture.isParallel
      && (architecture.normPlaces == .once || fields.bool("use_parallel_residual", absent: true))
    readScores(&fields)
    Self.refuseUnsupported(&fields)
    let problems =
      fields.problems.isEmpty
      ? inconsistencies(
        heads: keys.headCount, keyValueHeads: keys.keyValueHeadCount ?? keys.headCount,
        width: "head_dim")
      : fields.problems
    guard problems.isEmpty else { throw .invalidConfiguration(path: path, problems: problems) }
  }

  private static func keyValueHeadCount(
    _ fields: inout ConfigurationFields, _ architecture: Architecture, headCount: Int
  ) -> Int {
    guard let key = architecture.keys.keyValueHeadCount else { return headCount }
    // null means as many key/value heads as query heads in every architecture.
    let absent = fields.mentions(key) ? nil : architecture.absentKeyValueHeads
    return fields.integer(key, in: Limits.headCount, absent: absent ?? headCount)
  }

  private static func biases(
    _ fields: inout ConfigurationFields, _ architecture: Architecture
  ) -> (attention: Bool, feedForward: Bool) {
    switch architecture.biases {
    case .none, .queryKeyValue: (false, false)
    case .attention: (fields.bool("attention_bias"), false)
    case .attentionAndFeedForward: (fields.bool("attention_bias"), fields.bool("mlp_bias"))
    case .feedForwardAndAttention: (fields.bool("attention_bias", absent: true), true)
    case .feedForward: (false, true)
    case .all: (true, true)
    }
  }

  /// Scale and bounds of attention's scores, and the bound of the logits.
  private mutating func readScores(_ fields: inout ConfigurationFields) {
    func cap(_ field: String, absent: Double?) -> Double? {
      if fields.value(field) == nil, fields.mentions(field) || absent == nil { return nil }
      return fields.number(field, in: Limits.cap, absent: absent)
    }
    if architecture.hasAttentionScalar {
      attentionScalar = fields.number("query_pre_attn_scalar", in: Limits.cap, absent: 256)
    }
    if architecture.capsAttention { attentionCap = cap("attn_logit_softcapping", absent: 50) }
    if architecture.capsLogits {
      logitCap = cap("final_logit_softcapping", absent: architecture.absentLogitCap)
    }
  }

  /// What transformers calls each activation; it has several names and formulas for the tanh approximation.
  static func names(of activation: Activation) -> [String] {
    switch activation {
    case .silu: ["silu", "swish"]
    case .gelu: ["gelu", "gelu_python"]
    case .geluTanh: ["gelu_pytorch_tanh", "gelu_new", "gelu_fast"]
    }
  }

  private static func activation(
    _ fields: inout ConfigurationFields, _ architecture: Architecture
  ) -> Activation {
    let key = architecture.keys.activation
    guard let name = fields.string(key) else { return architecture.activations[0] }
    // The first files of Gemma say so and mean the approximation.
    if architecture == .gemma, name == "gelu" { return .geluTanh }
    if let found = architecture.activations.first(where: { names(of: $0).contains(name) }) {
      return found
    }
    let supported = architecture.activations.map { names(of: $0)[0] }.joined(separator: ", ")
    fields.note(key, "is '\(name.shown())'; supported: \(supported)")
    return architecture.activations[0]
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

  private static let causalEndings = ["ForCausalLM", "LMHeadModel"]

  /// The name of the class that predicts tokens, for that of a class that shares its network, as transformers takes
  /// them for each other.
  private static func causal(_ name: String) -> String {
    // How the first converted checkpoints spell it.
    if name == "LLaMAForCausalLM" { return "LlamaForCausalLM" }
    for ending in ["Model", "ForSequenceClassification"] where name.hasSuffix(ending) {
      let family = name.dropLast(ending.count)
      return Architecture.allCases.first { row in causalEndings.contains { row.name == family + $0 }
      }?.name ?? name
    }
    return name
  }

  /// Older Llama files name it `max_sequence_length`.
  private static func contextLength(
    _ fields: inout ConfigurationFields, _ architecture: Architecture
  ) -> Int {
    let name = architecture.keys.contextLength
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
    if fields.value("quantization_config") != nil {
      fields.note(
        "quantization_config",
        "is set; quantised Hugging Face weights are not supported, "
          + "give the original weights or a GGUF file")
    }
    // Each of these, unless it is so, makes another network of some architecture.
    for (field, usual) in [
      ("use_bidirectional_attention", false), ("qk_layernorm", false), ("scale_attn_weights", true),
      ("scale_attn_by_inverse_layer_idx", false), ("add_cross_attention", false),
    ] where fields.bool(field, absent: usual) != usual {
      fields.note(field, "is \(!usual); supported: \(usual)")
    }
  }
}
