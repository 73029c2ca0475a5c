import Formats
import Tensors

extension DecoderConfiguration {
  /// What a config.json says about the rotary embedding.
  struct RotaryFields {
    /// Of all layers, or of those without a window.
    var all: Rotary
    /// Of layers with a window, where they have their own.
    var local: Rotary?
    /// R.
    var width: Int
  }

  /// transformers 5 writes `rope_parameters`, earlier versions `rope_theta` and `rope_scaling`; when both are
  /// there `rope_scaling` wins, as in transformers.
  static func rotary(
    _ fields: inout ConfigurationFields, _ architecture: Architecture, contextLength: Int,
    headWidth: Int
  ) -> RotaryFields {
    let share: Double?
    switch architecture.positions {
    case .learnt: return RotaryFields(all: Rotary(theta: 10_000), width: headWidth)
    case .rotaryWidth:
      let width = fields.integer("rotary_dim", in: Limits.headWidth, absent: 64)
      return RotaryFields(all: Rotary(theta: 10_000), width: width)
    case .rotaryByLayer:
      return rotaryByLayer(&fields, contextLength: contextLength, headWidth: headWidth)
    case .rotary(let usual): share = usual
    }
    for field in ["rope_scaling", "rope_parameters"] {
      if let value = fields.value(field), value.mapping == nil {
        fields.note(field, "is \(value.shownText); it should be an object")
      }
    }
    let useScaling = fields.value("rope_scaling")?.mapping?.keys.isEmpty == false
    var nested = nested(useScaling ? "rope_scaling" : "rope_parameters", of: fields)
    let keys = architecture.keys
    // 10000 is what every one of these architectures means by leaving θ out.
    let outerTheta = fields.number(keys.rotaryBase, in: Limits.theta, absent: 10_000)
    let theta = nested.number("rope_theta", in: Limits.theta, absent: outerTheta)
    let width: Int
    if let share {
      let outer = fields.number(keys.rotaryShare, in: Limits.share, absent: share)
      let share = nested.number("partial_rotary_factor", in: Limits.share, absent: outer)
      width = Int(Double(headWidth) * share)
    } else {
      refusePartial(&fields)
      refusePartial(&nested)
      width = headWidth
    }
    if nested.value("full_attention") != nil || nested.value("sliding_attention") != nil {
      nested.note("full_attention", "differs by layer; supported: one setting for all layers")
    }
    let original = fields.number(
      "original_max_position_embeddings", in: Limits.context,
      absent: architecture == .phi3 ? 4096 : 0)
    let scaling = scaling(
      &nested, architecture, originalContext: original, contextLength: Double(contextLength))
    fields.note(nested)
    return RotaryFields(all: Rotary(theta: theta, scaling: scaling), width: width)
  }

  /// transformers 5 nests one set of fields for each kind of layer; files of earlier versions have two bases, and
  /// `rope_scaling` for layers without a window.
  private static func rotaryByLayer(
    _ fields: inout ConfigurationFields, contextLength: Int, headWidth: Int
  ) -> RotaryFields {
    func rotary(_ kind: String, _ base: String, absent: Double, _ scalingField: String?) -> Rotary {
      let outer = fields.number(base, in: Limits.theta, absent: absent)
      var nested = ConfigurationFields(
        fields.value("rope_parameters")?.mapping?[kind]?.mapping ?? Mapping(),
        prefix: "rope_parameters.\(kind).")
      if let scalingField, fields.value(scalingField)?.mapping != nil {
        nested = Self.nested(scalingField, of: fields)
      }
      refusePartial(&nested)
      let theta = nested.number("rope_theta", in: Limits.theta, absent: outer)
      let scaling = scaling(
        &nested, .gemma3, originalContext: 0, contextLength: Double(contextLength))
      fields.note(nested)
      return Rotary(theta: theta, scaling: scaling)
    }
    return RotaryFields(
      all: rotary("full_attention", "rope_theta", absent: 1_000_000, "rope_scaling"),
      local: rotary("sliding_attention", "rope_local_base_freq", absent: 10_000, nil),
      width: headWidth)
  }

  private static func nested(
    _ field: String, of fields: ConfigurationFields
  ) -> ConfigurationFields {
    ConfigurationFields(fields.value(field)?.mapping ?? Mapping(), prefix: "\(field).")
  }

  private static func refusePartial(_ fields: inout ConfigurationFields) {
    if let partial = fields.value("partial_rotary_factor"), partial.number != 1 {
      fields.note("partial_rotary_factor", "is \(partial.shownText); supported: 1")
    }
  }

  /// - Parameter originalContext: what the file says outside; 0 for nothing.
  private static func scaling(
    _ fields: inout ConfigurationFields, _ architecture: Architecture, originalContext: Double,
    contextLength: Double
  ) -> Rotary.Scaling {
    func original(absent: Double) -> Double {
      let inner = fields.number(
        "original_max_position_embeddings", in: Limits.context, absent: absent)
      return originalContext > 0 ? originalContext : inner
    }
    var kind = fields.string("rope_type") ?? fields.string("type") ?? "default"
    // The first files of Phi-3 call longrope so.
    if architecture == .phi3, ["su", "yarn"].contains(kind) { kind = "longrope" }
    let supported = architecture == .phi3 ? ["default", "longrope"] : Self.scalings
    guard supported.contains(kind) else {
      fields.note(
        "rope_type", "is '\(kind.shown())'; supported: \(supported.joined(separator: ", "))")
      return .none
    }
    switch kind {
    case "linear": return .linear(factor: fields.number("factor", in: Limits.factor))
    case "dynamic": return .dynamic(factor: fields.number("factor", in: Limits.factor))
    case "llama3":
      let low = fields.number("low_freq_factor", in: Limits.factor)
      let high = fields.number("high_freq_factor", in: Limits.factor)
      if high <= low { fields.note("high_freq_factor", "must be above low_freq_factor \(low)") }
      return .llama3(
        factor: fields.number("factor", in: Limits.factor), lowFactor: low, highFactor: high,
        originalContext: original(absent: contextLength))
    case "longrope":
      return longrope(
        &fields, originalContext: original(absent: contextLength), contextLength: contextLength)
    case "yarn":
      return yarn(
        &fields, originalContext: original(absent: contextLength), contextLength: contextLength)
    default: return .none
    }
  }

  private static let scalings = ["default", "linear", "dynamic", "llama3", "yarn", "longrope"]

  private static func longrope(
    _ fields: inout ConfigurationFields, originalContext: Double, contextLength: Double
  ) -> Rotary.Scaling {
    let factor = fields.number(
      "factor", in: Limits.factor, absent: contextLength / max(originalContext, 1))
    let attention =
      factor <= 1
      ? 1
      : (1 + PortableMath.log(factor) / PortableMath.log(max(originalContext, 2))).squareRoot()
    return .longrope(
      short: factors("short_factor", &fields), long: factors("long_factor", &fields),
      originalContext: originalContext,
      attention: fields.number("attention_factor", in: Limits.factor, absent: attention))
  }

  private static func factors(_ field: String, _ fields: inout ConfigurationFields) -> [Double] {
    let values = fields.value(field)?.list
    let numbers = values?.compactMap(\.number).filter { Limits.factor.contains($0) } ?? []
    if values == nil || numbers.count != values?.count {
      fields.note(field, "should be a list of numbers above 0")
    }
    return numbers
  }

  private static func yarn(
    _ fields: inout ConfigurationFields, originalContext: Double, contextLength: Double
  ) -> Rotary.Scaling {
    let factor = fields.number(
      "factor", in: Limits.factor, absent: contextLength / max(originalContext, 1))
    func scale(_ share: Double) -> Double {
      factor <= 1 ? 1 : 0.1 * share * PortableMath.log(factor) + 1
    }
    let (own, all) = (fields.value("mscale")?.number, fields.value("mscale_all_dim")?.number)
    var attention = scale(1)
    if let own, let all, own != 0, all != 0 { attention = scale(own) / scale(all) }
    // transformers takes 0 for absent.
    func turns(_ field: String, absent: Double) -> Double {
      let value = fields.number(field, in: 0...Limits.factor.upperBound, absent: absent)
      return value == 0 ? absent : value
    }
    return .yarn(
      factor: factor, slow: turns("beta_slow", absent: 1), fast: turns("beta_fast", absent: 32),
      originalContext: originalContext,
      attention: fields.number("attention_factor", in: Limits.factor, absent: attention),
      truncates: fields.bool("truncate", absent: true))
  }
}
