import Tensors

/// Gives all singular directions of the summed change one strength, their mean.
///
/// - Paper: Marczak et al. 2025, "No Task Left Behind: Isotropic Model Merging with Common and
///   Task-Specific Subspaces", https://arxiv.org/abs/2502.04959
/// - Deviations: directions in which the sum is zero stay so and do not count in the mean; the
///   authors' code gives them the same strength, in whatever basis the library returns. Sums of full
///   rank have none. Tensors that are no matrices are averaged, as in the authors' code. The
///   arithmetic is in double precision.
package struct IsoC: MergeMethod {
  package static let card = MethodCard(
    name: "iso_c", title: "Iso-C", reference: "https://arxiv.org/abs/2502.04959",
    summary: "Gives all singular directions of the summed change the same strength.")

  /// Factor on the merged difference (*α* in the paper), unitless.
  package var scale = 1.0
  /// Directions below this share of the strongest count as rounding and are dropped.
  package var tolerance = 1e-6

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "scale": .finite, "tolerance": .from(1e-9, below: 1),
  ]

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    WholeTensorRule(parts, others: WeightedSum.mean(of: parts.count, times: scale)) {
      [tolerance, scale] tensor in
      let changes = try SharedDirections(of: tensor, parts, tolerance: tolerance)
      let sum = SingularValues(of: changes.sum, tolerance: tolerance)
      let mean = sum.values.reduce(0, +) / Double(max(sum.values.count, 1))
      return changes.expanded(sum.matrix(with: sum.values.map { _ in scale * mean }))
    }
  }
}
