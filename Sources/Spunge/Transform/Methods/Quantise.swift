import LanguageModels
package import Reporting
import Tensors

/// Rounds weights to the values of a quantised model; the arithmetic keeps its precision.
///
/// Quantisation can restore knowledge that unlearning only hid, because small changes are rounded away.
///
/// - Paper: Zhang et al. 2024, "Catastrophic failure of LLM unlearning via quantization",
///   https://arxiv.org/abs/2410.16454; formats: Dettmers et al. 2023 (nf4, fp4), Dettmers et al. 2022 (int8), ggml (q4_0, q8_0)
/// - Deviations: int8 rounds weights only, where LLM.int8() rounds activations too; ggml's formats are used for the same layers
///   as the others, where llama.cpp also rounds embeddings (`embeddings: true` does) and has other rules for the head.
package struct Quantise: Transform {
  package static let card = MethodCard(
    name: "quantise", title: "quantised", reference: "https://arxiv.org/abs/2410.16454",
    summary: "Rounds the weights of linear layers to a format of few bits.")
  package static let mainSetting = "format"
  package static let attack = AttackedRow.Kind.rounding

  package enum Format: String, SettingsChoice {
    /// 4-bit codes at quantiles of the normal distribution, one scale per 64 weights; bitsandbytes.
    case nf4
    /// 4-bit floats, one scale per 64 weights; the default of bitsandbytes' `load_in_4bit`.
    case fp4
    /// 8-bit integers, one scale per row; bitsandbytes.
    case int8
    /// Integers of `bits` bits, one scale per `groupSize` weights of a row.
    case rtn
    /// 4-bit integers, one scale per 32 weights; llama.cpp.
    case q4_0
    /// 8-bit integers, one scale per 32 weights; llama.cpp.
    case q8_0
  }

  package var format = Format.nf4
  /// Only for `rtn`.
  package var bits = 4
  /// Only for `rtn`: number of weights that share a scale; 0 for a whole row.
  package var groupSize = 128
  /// Whether to round the embeddings and the output head too.
  package var embeddings = false

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "bits": .from(2, to: 16), "groupSize": .from(0, to: 1_048_576),
  ]

  package var unusedSettings: [String] { format == .rtn ? [] : ["bits", "groupSize"] }

  package func validate() throws {
    let other = Quantise()
    guard format != .rtn else { return }
    try requireSetting(
      bits == other.bits, "bits", bits,
      "left out: \(format.rawValue) has its own; 'format: rtn' takes it")
    try requireSetting(
      groupSize == other.groupSize, "groupSize", groupSize,
      "left out: \(format.rawValue) has its own; 'format: rtn' takes it")
  }

  package func plan(_ site: TransformSite) throws -> TransformPlan {
    var names = (0..<site.configuration.layerCount).flatMap { layer in
      site.configuration.projections.map { DecoderNames.layer(layer, $0.rawValue) }
    }
    if embeddings { names += [DecoderNames.embedding, DecoderNames.head] }
    return .computed { weights in
      Weights(
        checkpoint: RoundedCheckpoint(
          weights.checkpoint, tensors: Set(names), rounding: rounding),
        digest: try digest(after: weights.digest), delta: nil, base: nil)
    }
  }

  private var rounding: BlockRounding {
    switch format {
    case .nf4: .codes(.nf4, blockSize: 64)
    case .fp4: .codes(.fp4, blockSize: 64)
    case .int8: .row8
    case .rtn: .symmetric(bits: bits, groupSize: groupSize)
    case .q4_0: .ggml4
    case .q8_0: .ggml8
    }
  }
}
