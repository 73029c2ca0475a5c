/// Multiplies what unlearning changed: `base + factor · (variant − base)`.
///
/// - Paper: Ilharco et al. 2023, "Editing models with task arithmetic", https://arxiv.org/abs/2212.04089
/// - Deviations: none known.
package struct Scale: Transform {
  package static let card = MethodCard(
    name: "scale", title: "scaled", reference: "https://arxiv.org/abs/2212.04089",
    summary: "Multiplies the difference from the base by a factor.")
  package static let mainSetting = "factor"
  package static let needsDifference = true

  package var factor = 1.0

  package init() {}

  package init(factor: Double) { self.factor = factor }

  package static let ranges: [String: SettingRange] = ["factor": .finite]

  package func plan(_ site: TransformSite) throws -> TransformPlan {
    .computed { try $0.scaled(by: factor) }
  }
}
