import Tensors

/// The fields of an adapter_config.json, and which of them this program understands.
///
/// Fields that say where an adapter came from or how it was trained are passed over. Every other field
/// that is not read here, known to PEFT today or not, must have its neutral value.
struct AdapterFields {
  private let json: JSONObject
  private let path: String

  /// Neither a factor's place nor its scale depends on these.
  private static let passedOver: Set<String> = [
    "auto_mapping", "base_model_name_or_path", "corda_config", "ensure_weight_tying", "eva_config",
    "exclude_modules", "inference_mode", "layers_pattern", "layers_to_transform", "loftq_config",
    "lora_dropout", "lora_ga_config", "megatron_core", "peft_version", "qalora_group_size",
    "revision", "runtime_config", "target_modules", "task_type",
  ]
  /// Read below; of a rank pattern the tensors' shapes say the same.
  private static let understood: Set<String> = [
    "bias", "init_lora_weights", "lora_alpha", "peft_type", "r", "rank_pattern", "use_rslora",
  ]
  /// Initial factors that leave the base as it is; the others (PiSSA, OLoRA, …) subtract them from it.
  private static let harmlessStarts: Set<String> = ["gaussian", "eva", "orthogonal"]

  init(_ json: JSONObject, path: String) throws {
    self.json = json
    self.path = path
    guard json["peft_type"]?.string == "LORA" else {
      throw AdapterError.unsupportedField(path: path, field: "peft_type", value: text("peft_type"))
    }
    if let bias = json["bias"], bias != .string("none"), bias != .null {
      throw AdapterError.unsupportedField(path: path, field: "bias", value: text("bias"))
    }
    if let start = json["init_lora_weights"]?.string, !Self.harmlessStarts.contains(start) {
      throw AdapterError.unsupportedField(
        path: path, field: "init_lora_weights", value: text("init_lora_weights"))
    }
    for key in json.keys
    where !Self.passedOver.contains(key) && !Self.understood.contains(key) {
      guard let value = json[key], !Self.isNeutral(value) else { continue }
      throw AdapterError.unsupportedField(path: path, field: key, value: text(key))
    }
  }

  /// - Parameter factors: the tensors beside the configuration.
  func adapter(factors: any Checkpoint) throws -> Adapter {
    guard let rank = json["r"]?.integer, rank > 0 else {
      throw AdapterError.invalidField(
        path: path, field: "r", value: text("r"), requirement: "a whole number above 0")
    }
    guard let alpha = json["lora_alpha"]?.number, alpha.isFinite else {
      throw AdapterError.invalidField(
        path: path, field: "lora_alpha", value: text("lora_alpha"), requirement: "a number")
    }
    return Adapter(
      alpha: alpha, rank: rank, isRankStabilised: json["use_rslora"]?.bool ?? false,
      dropout: json["lora_dropout"]?.number ?? 0,
      targets: (json["target_modules"]?.array ?? []).compactMap(\.string),
      baseModel: json["base_model_name_or_path"]?.string ?? "", factors: factors, products: [])
  }

  private static func isNeutral(_ value: JSONValue) -> Bool {
    switch value {
    case .null, .bool(false): true
    case .array(let elements): elements.isEmpty
    case .object(let members): members.keys.isEmpty
    default: false
    }
  }

  private func text(_ key: String) -> String {
    json[key].map { String($0.compactText.prefix(80)) } ?? "missing"
  }

  /// What PEFT needs to load the adapter; fields that are not written have its defaults.
  static func json(_ adapter: Adapter) -> JSONObject {
    [
      "peft_type": .string("LORA"),
      "task_type": .string("CAUSAL_LM"),
      "base_model_name_or_path": adapter.baseModel.isEmpty ? .null : .string(adapter.baseModel),
      "inference_mode": .bool(true),
      "r": .integer(adapter.rank),
      "lora_alpha": Int(exactly: adapter.alpha).map { .integer($0) } ?? .number(adapter.alpha),
      "lora_dropout": .number(adapter.dropout),
      "target_modules": .array(adapter.targets.map { .string($0) }),
      "bias": .string("none"),
      "fan_in_fan_out": .bool(false),
      "init_lora_weights": .bool(true),
      "modules_to_save": .null,
      "rank_pattern": .object([:]),
      "alpha_pattern": .object([:]),
      "use_rslora": .bool(adapter.isRankStabilised),
      "use_dora": .bool(false),
    ]
  }
}
