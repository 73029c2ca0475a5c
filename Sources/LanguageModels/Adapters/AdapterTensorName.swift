/// The name of a tensor in an adapter's file, taken apart.
///
/// PEFT writes `base_model.model.` + module + `.lora_A.weight`. State dictionaries that were saved by hand have
/// the adapter's name in it (`lora_A.default.weight`), and wrappers leave names of their own.
struct AdapterTensorName {
  enum Role: Hashable {
    case down, up
    /// Bias of B (`lora_bias`).
    case upBias
    case embeddingDown, embeddingUp
    /// DoRA's lengths.
    case magnitude
    /// Rows for single tokens (`trainable_token_indices`).
    case tokenRows
    /// The tensor takes the place of the base's of this ending: `weight` or `bias`.
    case whole(String)
    /// Beside what is kept whole lies the base's own, which does not count.
    case original
  }

  /// Name of the module, in the base or with one more or less `model.` in front.
  var module: String
  let role: Role
  /// Name of the adapter, if it is there.
  let adapter: String?
  /// Whether a whole tensor was saved from beneath factors (`base_layer`).
  private(set) var isBaseLayer = false

  /// What other tools wrap modules in.
  private static let wrappers: Set<Substring> = [
    "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
  ]

  /// Nil for a name that follows none of the patterns.
  init?(_ name: String) {
    var parts = name.split(separator: ".", omittingEmptySubsequences: false)
      .filter { !Self.wrappers.contains($0) }
    while parts.first == "base_model" { parts.removeFirst() }
    guard parts.count > 1, !parts.contains("") else { return nil }
    if let index = parts.lastIndex(where: { $0.hasPrefix("lora_") }), index > 0 {
      let ending = parts[(index + 1)...]
      guard let (role, adapter) = Self.role(parts[index], ending) else { return nil }
      (self.role, self.adapter) = (role, adapter)
      module = parts[..<index].joined(separator: ".")
      return
    }
    if let index = parts.firstIndex(of: "token_adapter"), index > 0, index + 1 < parts.count,
      parts[index + 1] == "trainable_tokens_delta", parts.count <= index + 3
    {
      (role, adapter) = (.tokenRows, parts.count == index + 3 ? parts.last.map(String.init) : nil)
      module = parts[..<index].joined(separator: ".")
      return
    }
    guard let ending = parts.popLast(), ending == "weight" || ending == "bias" else { return nil }
    var (role, adapter): (Role, String?) = (.whole(String(ending)), nil)
    if parts.last == "base_layer" {
      parts.removeLast()
      isBaseLayer = true
    } else if parts.last == "original_module" {
      parts.removeLast()
      role = .original
    } else if let index = parts.lastIndex(of: "modules_to_save"), index + 2 >= parts.count {
      adapter = index + 1 < parts.count ? String(parts[index + 1]) : nil
      parts.removeSubrange(index...)
    }
    guard !parts.isEmpty else { return nil }
    (self.role, self.adapter) = (role, adapter)
    module = parts.joined(separator: ".")
  }

  /// What `lora_…` and the parts behind it mean.
  private static func role(
    _ name: Substring, _ ending: ArraySlice<Substring>
  ) -> (Role, adapter: String?)? {
    let known: [Substring: (Role, bare: Bool)] = [
      "lora_A": (.down, false), "lora_B": (.up, false), "lora_embedding_A": (.embeddingDown, true),
      "lora_embedding_B": (.embeddingUp, true), "lora_magnitude_vector": (.magnitude, true),
    ]
    guard let (role, isBare) = known[name] else { return nil }
    var ending = ending
    let last = ending.last
    if last == "weight" || last == "bias" {
      ending.removeLast()
    } else if !isBare {
      return nil
    }
    guard ending.count <= 1 else { return nil }
    let adapter = ending.first.map(String.init)
    if last == "bias" { return role == .up ? (.upBias, adapter) : nil }
    return (role, adapter)
  }

  /// The name of the module among `known`, which the base has.
  ///
  /// `base_model.model.` wraps a model whose names may begin with `model.` themselves.
  func resolved(in known: Set<String>) -> String? {
    var candidates = [module, "model." + module]
    if module.hasPrefix("model.") { candidates.insert(String(module.dropFirst(6)), at: 0) }
    return candidates.first(where: known.contains)
  }
}
