import Tensors

/// Drops the smallest and the very largest changes of every tensor, and adds the rest.
///
/// - Paper: Davari & Belilovsky 2023, "Model Breadcrumbs: Scaling Multi-Task Model Merging with
///   Sparse Masks", https://arxiv.org/abs/2312.06795
/// - Deviations: shares are mergekit's (what is kept, what is dropped above it); entries of equal
///   magnitude at an edge are ranked lowest index first, where mergekit leaves it open. As there, a
///   density of 1 keeps everything, and where both shares do not fit, fewer of the largest are dropped.
package struct Breadcrumbs: MergeMethod {
  package static let card = MethodCard(
    name: "breadcrumbs", title: "Breadcrumbs", reference: "https://arxiv.org/abs/2312.06795",
    summary: "Drops the smallest and the very largest changes of each tensor, adds the rest.")

  /// Share of a tensor's entries that is kept, above 0 and at most 1.
  package var density = 0.2
  /// Share of a tensor's entries that is dropped as too large.
  package var gamma = 0.01
  /// Factor on the sum, unitless.
  package var scale = 1.0
  /// One weight a part; empty means ones.
  package var weights: [Double] = []

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "density": .above(0, to: 1), "gamma": .from(0, below: 1), "scale": .finite,
    "weights": .finite,
  ]

  package func check(parts: Int) throws(MergeError) {
    _ = try Spunge.weights(weights, parts: parts)
  }

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    let weights = try Spunge.weights(weights, parts: parts.count)
    let sum = WeightedSum(weights: weights.map { $0 * scale })
    guard density < 1 else { return sum }
    let (density, gamma) = (density, gamma)
    let counts: @Sendable (TensorDescription) -> (kept: Int, dropped: Int) = { tensor in
      let kept = Int(density * Double(tensor.count))
      return (kept, min(Int(gamma * Double(tensor.count)), tensor.count - kept))
    }
    return BreadcrumbsRule(
      small: try .largest(parts) { counts($0).kept + counts($0).dropped },
      large: try .largest(parts) { counts($0).dropped }, sum: sum)
  }
}

private struct BreadcrumbsRule: MergeRule {
  /// Cuts off what is too small.
  let small: TrimPlan
  /// Keeps what is too large.
  let large: TrimPlan
  let sum: WeightedSum

  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    small.trim(parts, tensor: tensor, offset: offset)
    large.drop(parts, tensor: tensor, offset: offset)
    sum.merge(parts, tensor: tensor, offset: offset, into: result)
  }
}
