import Tensors

/// Averages the entries on whose sign all parts agree; everything else stays as in the base.
///
/// - Paper: Kim et al. 2024, "NegMerge: Sign-Consensual Weight Merging for Machine Unlearning",
///   https://arxiv.org/abs/2410.05583
/// - Deviations: parts are changes that unlearn, negated already; consensus and mean are the same
///   before and after negation. A density below 1 first trims each tensor of each part to its
///   largest entries; the paper's method has no such trimming.
package struct NegMerge: MergeMethod {
  package static let card = MethodCard(
    name: "negmerge", title: "NegMerge", reference: "https://arxiv.org/abs/2410.05583",
    summary: "Averages the changes on whose sign all parts agree, drops the others.")

  /// Factor on the merged difference (*λ* in the paper), unitless.
  package var scale = 1.0
  /// Share of entries of each tensor that takes part, the largest first, above 0 and at most 1.
  package var density = 1.0

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "density": .above(0, to: 1), "scale": .finite,
  ]

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    ConsensusRule(trimming: try .perTensor(parts, density: density), scale: scale)
  }
}

private struct ConsensusRule: MergeRule {
  let trimming: TrimPlan
  let scale: Double

  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    trimming.trim(parts, tensor: tensor, offset: offset)
    for index in result.indices {
      var (least, most, sum) = (Float.infinity, -Float.infinity, 0.0)
      for part in parts {
        let value = part[index]
        least = min(least, value)
        most = max(most, value)
        sum += Double(value)
      }
      let agree = least > 0 || most < 0
      result[index] = agree ? Float(scale * sum / Double(parts.count)) : 0
    }
  }
}
