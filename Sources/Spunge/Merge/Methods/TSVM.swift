import Tensors

/// Keeps each part's strongest singular directions, makes those of all parts orthogonal and adds.
///
/// - Paper: Gargiulo et al. 2024, "Task Singular Vectors: Reducing Task Interference in Model
///   Merging", https://arxiv.org/abs/2412.00081
/// - Deviations: a part's directions of strength zero are left out; in the authors' code they take
///   part in making the others orthogonal, in whatever basis the library returns. Parts of full rank
///   have none. Each part keeps at least one direction. Tensors that are no matrices are averaged, as
///   in the authors' code. The arithmetic is in double precision.
package struct TSVM: MergeMethod {
  package static let card = MethodCard(
    name: "tsv_m", title: "TSV-M", reference: "https://arxiv.org/abs/2412.00081",
    summary: "Makes the parts' strongest singular directions orthogonal to each other, adds them.")

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
      let count = max(1, min(tensor.rows, tensor.columns) / parts.count)
      var chosen = SingularDirections(changes)
      for core in changes.cores {
        chosen.append(SingularValues(of: core, tolerance: tolerance), count: count)
      }
      return changes.expanded(
        chosen.orthogonal(strengths: chosen.values.map { $0 * scale }, tolerance: tolerance))
    }
  }
}
