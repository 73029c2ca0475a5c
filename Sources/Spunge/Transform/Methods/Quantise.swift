package import LanguageModels
import Tensors

/// Rounds weights as a quantised model stores them; products stay as precise as before.
///
/// Knowledge that unlearning only hid can come back when small changes are rounded away.
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

  package enum Format: String, SettingsChoice {
    /// 4 bits by quantiles of the normal distribution, a scale for 64 weights; bitsandbytes.
    case nf4
    /// 4-bit floats, a scale for 64 weights; what bitsandbytes' `load_in_4bit` means where nothing else is said.
    case fp4
    /// 8-bit whole numbers, a scale for each row; bitsandbytes.
    case int8
    /// Whole numbers of `bits` bits, a scale for `groupSize` weights of a row.
    case rtn
    /// 4-bit whole numbers, a scale for 32 weights; llama.cpp.
    case q4_0
    /// 8-bit whole numbers, a scale for 32 weights; llama.cpp.
    case q8_0
  }

  package var format = Format.nf4
  /// Of `rtn`.
  package var bits = 4
  /// Of `rtn`: weights that share a scale; 0: a whole row.
  package var groupSize = 128
  /// Whether the embeddings and the output head are rounded too.
  package var embeddings = false

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "bits": .from(2, to: 16), "groupSize": .from(0, to: 1_048_576),
  ]

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

  package func apply(
    to weights: Weights, of configuration: DecoderConfiguration
  ) throws -> Weights {
    var names = (0..<configuration.layerCount).flatMap { layer in
      configuration.projections.map { DecoderNames.layer(layer, $0.rawValue) }
    }
    if embeddings { names += [DecoderNames.embedding, DecoderNames.head] }
    return Weights(
      checkpoint: RoundedCheckpoint(
        weights.checkpoint, tensors: Set(names), rounding: rounding),
      digest: try digest(after: weights.digest), delta: nil, base: nil)
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
