import Formats
package import Tensors

extension DecoderConfiguration {
  /// Reads the metadata of a GGUF file.
  ///
  /// Of architectures that llama.cpp writes under one name, a sliding window in the file tells which it is.
  /// - Throws: `ModelError` with every problem, or what reading the rotary factors throws.
  package init(gguf checkpoint: GGUFCheckpoint) throws {
    let path = checkpoint.file.path
    let prefix = checkpoint.architecture
    var fields = ConfigurationFields(Self.object(checkpoint.file.metadata))
    func key(_ name: String) -> String { "\(prefix).\(name)" }
    let hiddenSize = fields.integer(key("embedding_length"), in: Limits.hiddenSize)
    let headCount = fields.integer(key("attention.head_count"), in: Limits.headCount)
    let layerCount = fields.integer(key("block_count"), in: Limits.layerCount)
    guard let embedding = checkpoint.description(of: "model.embed_tokens.weight") else {
      throw ModelError.tensorsDoNotMatch(path: path, problems: ["'token_embd.weight' is missing"])
    }
    let vocabularySize = embedding.rows
    let window = fields.integer(
      key("attention.sliding_window"), in: 0...Limits.positions.upperBound, absent: 0)
    let named = Architecture.allCases.filter { $0.ggufName == prefix }
    guard
      let architecture = named.first(where: { $0.slidesEverywhere == (window > 0) }) ?? named.first
    else { throw GGUFError.unsupportedArchitecture(path: path, architecture: prefix) }
    if window > 0, !architecture.slidesEverywhere, architecture.normPlaces != .beforeAndAfter {
      fields.note(key("attention.sliding_window"), "is \(window); not supported for \(prefix)")
    }
    let (headWidth, rotaryWidth, widthKey) = Self.widths(
      &fields, architecture, prefix, absent: max(hiddenSize / headCount, 2))
    if fields.integer(key("expert_count"), in: 0...1 << 20, absent: 0) > 0 {
      fields.note(key("expert_count"), "is above 0; mixtures of experts are not supported")
    }
    func hasBias(_ module: String) -> Bool {
      checkpoint.description(of: "model.layers.0.\(module).bias") != nil
    }
    let theta = fields.number(key("rope.freq_base"), in: Limits.theta, absent: 10_000)
    let contextLength = fields.integer(key("context_length"), in: Limits.positions)
    let scaling = try Self.scaling(
      &fields, prefix, theta: theta, headWidth: headWidth, checkpoint, contextLength)
    let attention = architecture.fusesQueryKeyValue ? "self_attn.qkv_proj" : "self_attn.q_proj"
    self.init(
      architecture: architecture, hiddenSize: hiddenSize,
      feedForwardSize: fields.integer(key("feed_forward_length"), in: Limits.feedForwardSize),
      layerCount: layerCount, headCount: headCount,
      keyValueHeadCount: fields.integer(
        key("attention.head_count_kv"), in: Limits.headCount, absent: headCount),
      headWidth: headWidth, vocabularySize: vocabularySize,
      normEpsilon: fields.number(
        key(
          architecture.norm == .layer
            ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon"),
        in: Limits.normEpsilon),
      rotary: Rotary(theta: theta, scaling: scaling), contextLength: contextLength,
      tiesEmbeddings: checkpoint.description(of: DecoderNames.head) == nil,
      queryKeyValueBias: hasBias(attention),
      attentionOutputBias: hasBias("self_attn.o_proj"),
      feedForwardBias: hasBias("mlp.down_proj"),
      slidingWindows: Self.windows(window, architecture, layerCount: layerCount),
      beginID: Self.id("bos_token_id", &fields, below: vocabularySize),
      endIDs: Self.id("eos_token_id", &fields, below: vocabularySize).map { [$0] } ?? [])
    self.rotaryWidth = rotaryWidth
    isParallel =
      architecture.isParallel
      && (architecture.normPlaces == .once
        || fields.bool(key("use_parallel_residual"), absent: true))
    readScores(&fields, prefix)
    if architecture.positions == .rotaryByLayer {
      localRotary = Rotary(
        theta: fields.number(key("rope.freq_base_swa"), in: Limits.theta, absent: 10_000))
    }
    // Ends of a turn and of a message, at which llama.cpp stops too.
    for name in ["eot_token_id", "eom_token_id"] {
      if let id = Self.id(name, &fields, below: vocabularySize), !stopIDs.contains(id) {
        stopIDs.append(id)
      }
    }
    let problems =
      fields.problems.isEmpty
      ? inconsistencies(
        heads: key("attention.head_count"), keyValueHeads: key("attention.head_count_kv"),
        width: widthKey) : fields.problems
    guard problems.isEmpty else {
      throw ModelError.invalidConfiguration(path: path, problems: problems)
    }
  }

  /// The scalars of `metadata` as a JSON object, so that one reader serves both kinds of file.
  private static func object(_ metadata: [String: GGUFValue]) -> Mapping {
    var object = Mapping()
    for (key, value) in metadata {
      if let integer = value.integer {
        object[key] = .integer(integer)
      } else if let bool = value.bool {
        object[key] = .bool(bool)
      } else if let string = value.string {
        object[key] = .string(string)
      } else if let number = value.number, number.isFinite {
        object[key] = .float(number)
      } else {
        object[key] = .string("a value that is not a finite number")
      }
    }
    return object
  }

  private static func id(
    _ name: String, _ fields: inout ConfigurationFields, below count: Int
  ) -> Int? {
    let key = "tokenizer.ggml.\(name)"
    return fields.value(key) == nil ? nil : fields.integer(key, in: 0...count - 1)
  }

  /// Width of a head, how much of it is rotated, and the key that says so.
  private static func widths(
    _ fields: inout ConfigurationFields, _ architecture: Architecture, _ prefix: String,
    absent: Int
  ) -> (head: Int, rotary: Int, key: String) {
    let (headKey, rotaryKey) = ("\(prefix).attention.key_length", "\(prefix).rope.dimension_count")
    let isPartial = if case .rotary(share: .some) = architecture.positions { true } else { false }
    let widthKey =
      (isPartial ? [headKey] : [headKey, rotaryKey]).first { fields.mentions($0) } ?? headKey
    let headWidth = fields.integer(widthKey, in: Limits.headWidth, absent: absent)
    let rotaryWidth = fields.integer(rotaryKey, in: Limits.headWidth, absent: headWidth)
    let valueKey = "\(prefix).attention.value_length"
    let valueWidth = fields.integer(valueKey, in: Limits.headWidth, absent: headWidth)
    for (key, width) in [(valueKey, valueWidth)] + (isPartial ? [] : [(rotaryKey, rotaryWidth)])
    where width != headWidth {
      fields.note(key, "is \(width); supported: the width of a head, \(headWidth)")
    }
    return (headWidth, rotaryWidth, widthKey)
  }

  /// llama.cpp knows which layers have a window by the architecture.
  private static func windows(
    _ window: Int, _ architecture: Architecture, layerCount: Int
  ) -> [Int?] {
    (0..<layerCount).map { layer in
      if window == 0 { return nil }
      if case .allBut(let every) = architecture.slidingWindows, (layer + 1) % every == 0 {
        return nil
      }
      return window
    }
  }

  /// llama.cpp knows the models of 27 billion parameters, whose scale is another, by their layers.
  private mutating func readScores(_ fields: inout ConfigurationFields, _ prefix: String) {
    func cap(_ name: String, absent: Double?) -> Double? {
      let key = "\(prefix).\(name)_logit_softcapping"
      return fields.value(key) == nil ? absent : fields.number(key, in: Limits.cap)
    }
    if architecture.capsAttention { attentionCap = cap("attn", absent: 50) }
    if architecture.capsLogits { logitCap = cap("final", absent: architecture.absentLogitCap) }
    let largest = [Architecture.gemma2: 46, .gemma3: 62]
    if largest[architecture] == layerCount {
      attentionScalar = Double(hiddenSize) / Double(headCount)
    }
  }

  private static func scaling(
    _ fields: inout ConfigurationFields, _ prefix: String, theta: Double, headWidth: Int,
    _ checkpoint: GGUFCheckpoint, _ contextLength: Int
  ) throws -> Rotary.Scaling {
    if let factors = try checkpoint.rotaryFactors() {
      guard let scaling = llama3(factors, theta: theta, headWidth: headWidth) else {
        fields.note(
          "rope_freqs.weight",
          "holds rotary factors of an unknown kind; supported: those of Llama 3.1")
        return .none
      }
      return scaling
    }
    if let (short, long) = try checkpoint.rotaryFactorsByLength() {
      let original = fields.number(
        "\(prefix).rope.scaling.original_context_length", in: Limits.context,
        absent: Double(contextLength))
      return .longrope(
        short: short.map(Double.init), long: long.map(Double.init), originalContext: original,
        attention: fields.number(
          "\(prefix).rope.scaling.attn_factor", in: Limits.factor, absent: 1))
    }
    let typeKey = "\(prefix).rope.scaling.type"
    // Older files have only the factor, under another name.
    let oldKey = "\(prefix).rope.scale_linear"
    switch fields.string(typeKey) ?? (fields.mentions(oldKey) ? "linear" : "none") {
    case "none": return .none
    case "linear":
      let key = fields.mentions(oldKey) ? oldKey : "\(prefix).rope.scaling.factor"
      let factor = fields.number(key, in: Limits.factor)
      return factor == 1 ? .none : .linear(factor: factor)
    case let kind:
      fields.note(typeKey, "is '\(kind.shown())'; supported: none, linear")
      return .none
    }
  }

  /// The Llama 3.1 scaling that makes these `factors`, `[E/2]`.
  ///
  /// llama.cpp stores only the quotients of the frequencies. All released models of the family share the
  /// other three numbers and differ in the largest quotient.
  private static func llama3(
    _ factors: [Float], theta: Double, headWidth: Int
  ) -> Rotary.Scaling? {
    guard factors.count == headWidth / 2, let largest = factors.max(), largest >= 1 else {
      return nil
    }
    let scaling = Rotary.Scaling.llama3(
      factor: Double(largest), lowFactor: 1, highFactor: 4, originalContext: 8192)
    let plain = Rotary(theta: theta).inverseFrequencies(headWidth: headWidth)
    let scaled = Rotary(theta: theta, scaling: scaling).inverseFrequencies(headWidth: headWidth)
    let agrees = factors.indices.allSatisfy { index in
      abs(plain[index] / scaled[index] - factors[index]) <= 1e-4 * factors[index]
    }
    return agrees ? scaling : nil
  }
}
