/// The weighted sum of the parts' differences.
///
/// - Paper: Ilharco et al. 2023, "Editing Models with Task Arithmetic",
///   https://arxiv.org/abs/2212.04089
/// - Deviations: none known.
package struct TaskArithmetic: MergeMethod {
  package static let card = MethodCard(
    name: "task_arithmetic", title: "Task arithmetic",
    reference: "https://arxiv.org/abs/2212.04089",
    summary: "Adds the parts' weighted changes.")

  /// Factor on the sum, unitless.
  package var scale = 1.0
  /// One weight a part; empty means ones.
  package var weights: [Double] = []

  package init() {}

  package static let ranges: [String: SettingRange] = ["scale": .finite, "weights": .finite]

  package func check(parts: Int) throws(MergeError) {
    _ = try Spunge.weights(weights, parts: parts)
  }

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    let weights = try Spunge.weights(weights, parts: parts.count)
    return WeightedSum(weights: weights.map { $0 * scale })
  }
}

/// Σ weight · part.
struct WeightedSum: MergeRule {
  let weights: [Double]

  /// The mean of `parts` parts, times `factor`.
  static func mean(of parts: Int, times factor: Double = 1) -> WeightedSum {
    WeightedSum(weights: Array(repeating: factor / Double(parts), count: parts))
  }

  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    for index in result.indices {
      var sum = 0.0
      for (part, weight) in zip(parts, weights) { sum += weight * Double(part[index]) }
      result[index] = Float(sum)
    }
  }
}
