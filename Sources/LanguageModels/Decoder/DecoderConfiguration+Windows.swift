import Formats
import Tensors

extension DecoderConfiguration {
  /// For each layer its window; `nil` for none. [L]
  static func slidingWindows(
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
    case .allLayers(let absent):
      let window = window(&fields, absent: absent)
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
      guard let window = window(&fields, absent: 4096) else { return all }
      if let types { return types.map { $0 ? window : nil } }
      let first = fields.integer(
        "max_window_layers", in: 0...Limits.layerCount.upperBound, absent: 28)
      return all.indices.map { $0 >= first ? window : nil }
    case .allBut(let period):
      guard let window = window(&fields, absent: 4096) else {
        if types?.contains(true) != false {
          fields.note("sliding_window", "is null; a whole number is needed")
        }
        return all
      }
      if let types { return types.map { $0 ? window : nil } }
      // Before there were types, Gemma 3 had the period, and Gemma 2 always its own.
      let every =
        architecture == .gemma3
        ? fields.integer("sliding_window_pattern", in: Limits.layerCount, absent: period) : period
      return all.indices.map { ($0 + 1) % every == 0 ? nil : window }
    }
  }

  /// Nil where the file says null; `absent` where it says nothing.
  private static func window(_ fields: inout ConfigurationFields, absent: Int?) -> Int? {
    fields.value("sliding_window") == nil && (absent == nil || fields.mentions("sliding_window"))
      ? nil : fields.integer("sliding_window", in: Limits.positions, absent: absent)
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
