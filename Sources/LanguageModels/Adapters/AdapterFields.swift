import Formats
import Tensors

/// The fields of an adapter_config.json, and which of them this program understands.
///
/// Fields that say where an adapter came from or how it was trained are passed over. Every other field
/// that is not read here, known to PEFT today or not, must have its neutral value.
struct AdapterFields {
  let json: Mapping
  let path: String

  /// Neither a factor's place nor its scale depends on these; `fan_in_fan_out` PEFT itself resets for linear layers.
  private static let passedOver: Set<String> = [
    "auto_mapping", "base_model_name_or_path", "corda_config", "ensure_weight_tying", "eva_config",
    "fan_in_fan_out", "inference_mode", "loftq_config", "lora_dropout", "lora_ga_config",
    "megatron_core",
    "peft_version", "qalora_group_size", "revision", "runtime_config", "task_type",
  ]
  private static let understood: Set<String> = [
    "alpha_pattern", "bias", "exclude_modules", "init_lora_weights", "layers_pattern",
    "layers_to_transform", "lora_alpha", "lora_bias", "modules_to_save", "peft_type", "r",
    "rank_pattern", "target_modules", "trainable_token_indices", "use_dora", "use_rslora",
  ]
  /// Initial factors that leave the base as it is; the others (PiSSA, OLoRA, …) subtract them from it.
  private static let harmlessStarts: Set<String> = ["gaussian", "eva", "orthogonal"]

  init(_ json: Mapping, path: String) throws {
    self.json = json
    self.path = path
    guard json["peft_type"]?.string == "LORA" else {
      throw AdapterError.unsupportedField(path: path, field: "peft_type", value: text("peft_type"))
    }
    if let start = json["init_lora_weights"]?.string, !Self.harmlessStarts.contains(start) {
      throw AdapterError.unsupportedField(
        path: path, field: "init_lora_weights", value: text("init_lora_weights"))
    }
    for key in json.names
    where !Self.passedOver.contains(key) && !Self.understood.contains(key) {
      guard let value = json[key], !Self.isNeutral(value) else { continue }
      throw AdapterError.unsupportedField(path: path, field: key, value: text(key))
    }
  }

  /// The fields, checked one by one, of an adapter for `architecture`.
  func configuration(_ architecture: DecoderArchitecture) throws -> AdapterConfiguration {
    guard let bias = AdapterConfiguration.Bias(rawValue: try string("bias") ?? "none") else {
      throw invalid("bias", "\"none\", \"all\" or \"lora_only\"")
    }
    return AdapterConfiguration(
      path: path, rank: try rank("r", json["r"]),
      alpha: try number("lora_alpha", json["lora_alpha"]),
      rankPatterns: try patterns("rank_pattern") { try rank("rank_pattern", $0) },
      alphaPatterns: try patterns("alpha_pattern") { try number("alpha_pattern", $0) },
      isRankStabilised: try flag("use_rslora"), hasMagnitudes: try flag("use_dora"),
      hasUpBias: try flag("lora_bias"), bias: bias, targets: try targets(architecture),
      tokenRows: try tokenRows(architecture),
      dropout: json["lora_dropout"]?.number ?? 0,
      baseModel: json["base_model_name_or_path"]?.string ?? "")
  }

  private func targets(_ architecture: DecoderArchitecture) throws -> AdapterTargets {
    var targets = AdapterTargets(
      names: try names("target_modules") ?? .list(architecture.adapterTargets),
      excluded: try names("exclude_modules"), kept: try strings("modules_to_save") ?? [])
    if case .pattern(let text) = targets.names, text.lowercased() == LoRASettings.allLinear {
      targets.names = .allLinear
    }
    if let value = json["layers_to_transform"], value != .null {
      let numbers = value.integer.map { [$0] } ?? value.list?.compactMap(\.integer)
      guard let numbers, numbers.count == value.list?.count ?? 1 else {
        throw invalid("layers_to_transform", "a number of a layer or a list of them")
      }
      if !numbers.isEmpty { targets.layers = Set(numbers) }
      if case .pattern = targets.names {
        throw invalid(
          "layers_to_transform", "absent where 'target_modules' is a regular expression")
      }
    }
    targets.layerNames = try string("layers_pattern").map { [$0] } ?? []
    return targets
  }

  /// A list means the embeddings.
  private func tokenRows(
    _ architecture: DecoderArchitecture
  ) throws -> [(module: String, ids: [Int])] {
    let key = "trainable_token_indices"
    func ids(_ value: Value?) throws -> [Int] {
      let ids = value?.list?.compactMap(\.integer) ?? []
      guard ids.count == value?.list?.count, ids.allSatisfy({ $0 >= 0 }),
        Set(ids).count == ids.count
      else { throw invalid(key, "token ids, each once, or a mapping of modules to such") }
      return ids
    }
    guard let value = json[key], value != .null else { return [] }
    let embedding = architecture.spelling.stored(AdaptedModule.embedding)
    guard let modules = value.mapping else { return [(embedding, try ids(value))] }
    return try modules.names.map { ($0, try ids(modules[$0])) }
  }

  // MARK: Fields

  private func flag(_ key: String) throws -> Bool {
    switch json[key] {
    case nil, .null: return false
    case .bool(let value): return value
    default: throw invalid(key, "true or false")
    }
  }

  /// A text; of a list that holds one, that one.
  private func string(_ key: String) throws -> String? {
    switch json[key] {
    case nil, .null: return nil
    case .string(let text): return text.isEmpty ? nil : text
    case .list(let items) where items.isEmpty: return nil
    case .list(let items) where items.count == 1 && items[0].string != nil: return items[0].string
    default: throw invalid(key, "a text")
    }
  }

  private func strings(_ key: String) throws -> [String]? {
    guard let value = json[key], value != .null else { return nil }
    let strings = value.list?.compactMap(\.string)
    guard let strings, strings.count == value.list?.count else {
      throw invalid(key, "a list of names")
    }
    return strings
  }

  private func names(_ key: String) throws -> AdapterTargets.Names? {
    if let text = json[key]?.string { return text.isEmpty ? nil : .pattern(text) }
    return try strings(key).map { .list($0) }
  }

  private func rank(_ key: String, _ value: Value?) throws -> Int {
    guard let rank = value?.integer, rank > 0 else { throw invalid(key, "a whole number above 0") }
    return rank
  }

  private func number(_ key: String, _ value: Value?) throws -> Double {
    guard let number = value?.number, number.isFinite else { throw invalid(key, "a number") }
    return number
  }

  private func patterns<Setting>(
    _ key: String, _ read: (Value) throws -> Setting
  ) throws -> [(pattern: ModulePattern, value: Setting)] {
    guard let value = json[key], value != .null else { return [] }
    guard let members = value.mapping else { throw invalid(key, "a mapping of names to numbers") }
    return try members.names.map { name in
      (ModulePattern(text: name), try read(members[name] ?? .null))
    }
  }

  private static func isNeutral(_ value: Value) -> Bool {
    switch value {
    case .null, .bool(false): true
    case .list(let elements): elements.isEmpty
    case .mapping(let members): members.isEmpty
    default: false
    }
  }

  private func invalid(_ key: String, _ requirement: String) -> AdapterError {
    .invalidField(path: path, field: key, value: text(key), requirement: requirement)
  }

  private func text(_ key: String) -> String {
    json[key].map { $0.json(.compact).shown(limit: 80) } ?? "missing"
  }

  /// What PEFT needs to load the adapter; fields that are not written have its defaults.
  static func json(_ adapter: Adapter) -> Mapping {
    [
      "peft_type": .string("LORA"),
      "task_type": .string("CAUSAL_LM"),
      "base_model_name_or_path": adapter.baseModel.isEmpty ? .null : .string(adapter.baseModel),
      "inference_mode": .bool(true),
      "r": .integer(adapter.rank),
      "lora_alpha": Int(exactly: adapter.alpha).map { .integer($0) } ?? .float(adapter.alpha),
      "lora_dropout": .float(adapter.dropout),
      "target_modules": .list(adapter.targets.map { .string($0) }),
      "bias": .string("none"),
      "fan_in_fan_out": .bool(false),
      "init_lora_weights": .bool(true),
      "modules_to_save": .null,
      "rank_pattern": .mapping([:]),
      "alpha_pattern": .mapping([:]),
      "use_rslora": .bool(adapter.isRankStabilised),
      "use_dora": .bool(false),
    ]
  }
}
