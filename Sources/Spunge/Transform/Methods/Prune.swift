import LanguageModels
import Tensors

/// Sets the smallest weights of every linear layer to zero.
///
/// Knowledge that unlearning only hid can reappear when the few weights that hide it are removed.
///
/// - Paper: Łucki et al. 2024, "An adversarial perspective on machine unlearning for AI safety",
///   https://arxiv.org/abs/2409.18025 (pruning as an attack); Han et al. 2015, https://arxiv.org/abs/1506.02626 (by magnitude)
/// - Deviations: by magnitude within each matrix, as `torch.nn.utils.prune.l1_unstructured`, not by the difference of
///   importance scores on two data sets; of weights of equal magnitude those with the lowest indices stay.
package struct Prune: Transform {
  package static let card = MethodCard(
    name: "prune", title: "pruned", reference: "https://arxiv.org/abs/1506.02626",
    summary: "Sets the smallest weights of linear layers to zero.")
  package static let mainSetting = "share"

  /// Share of each matrix's weights that become zero.
  package var share = 0.1

  package init() {}

  package static let ranges: [String: SettingRange] = ["share": .from(0, to: 1)]

  package func plan(_ site: TransformSite) throws -> TransformPlan {
    let names = (0..<site.configuration.layerCount).flatMap { layer in
      site.configuration.projections.map { DecoderNames.layer(layer, $0.rawValue) }
    }
    return .computed { weights in
      Weights(
        checkpoint: PrunedCheckpoint(weights.checkpoint, tensors: Set(names), share: share),
        digest: try digest(after: weights.digest), delta: nil, base: nil)
    }
  }
}
