import Tensors

/// Iso-C with room for each part's own directions beside those that the parts share.
///
/// Of the sum's singular directions the strongest are the common ones. The others give way to each
/// part's strongest directions outside of the common ones. All are made orthogonal and get one
/// strength, their mean.
///
/// - Paper: Marczak et al. 2025, "No Task Left Behind: Isotropic Model Merging with Common and
///   Task-Specific Subspaces", https://arxiv.org/abs/2502.04959
/// - Deviations: the common fraction is of the directions that some part changes, which are all where
///   a part has full rank, as in the authors' code; they count the matrix's smaller side, of which
///   low-rank changes fill the common fraction alone. Directions in which nothing is changed get no
///   strength and do not count in the mean. Tensors that are no matrices are averaged. The arithmetic
///   is in double precision.
package struct IsoCTS: MergeMethod {
  package static let card = MethodCard(
    name: "iso_cts", title: "Iso-CTS", reference: "https://arxiv.org/abs/2502.04959",
    summary: "Gives the directions that parts share and each part's own the same strength.")

  /// Share of the directions that are common.
  package var commonFraction = 0.8
  /// Factor on the merged difference (*α* in the paper), unitless.
  package var scale = 1.0
  /// Directions below this share of the strongest count as rounding and are dropped.
  package var tolerance = 1e-6

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "commonFraction": .from(0, to: 1), "scale": .finite, "tolerance": .from(1e-9, below: 1),
  ]

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    WholeTensorRule(parts, others: WeightedSum.mean(of: parts.count, times: scale)) {
      [self] tensor in
      let changes = try SharedDirections(of: tensor, parts, tolerance: tolerance)
      let chosen = chosen(changes)
      let mean = chosen.values.reduce(0, +) / Double(max(chosen.values.count, 1))
      return changes.expanded(
        chosen.orthogonal(
          strengths: chosen.values.map { _ in mean * scale }, tolerance: tolerance))
    }
  }

  private func chosen(_ changes: SharedDirections) -> SingularDirections {
    let (all, parts) = (changes.count, changes.cores.count)
    let rest = Double(all - Int(Double(all) * commonFraction)) / Double(parts)
    // Each part has as many; a half goes to the even number, as in the authors' code.
    let own = min(Int(rest.rounded(.toNearestOrEven)), all / parts)
    let sum = SingularValues(of: changes.sum, tolerance: tolerance)
    var common = SingularDirections(changes)
    common.append(sum, count: all - own * parts)
    var chosen = SingularDirections(changes)
    for core in changes.cores {
      var outside = core
      let inside = DoubleMatrix.product(common.left, core)
      outside.add(common.left.transposed, times: inside, sign: -1)
      // Measured by the part: of one that lies in the common directions only rounding is left.
      chosen.append(
        SingularValues(of: outside, tolerance: tolerance), count: own,
        above: tolerance * core.length)
    }
    chosen.append(common)
    return chosen
  }
}
