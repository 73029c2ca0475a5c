import Tensors

/// Drops small changes more often than large ones, elects signs and averages what agrees.
///
/// Within a row, the chance to stay rises evenly with the rank of the magnitude, from density − ε to
/// density + ε; what stays is scaled to the length (L1) that the tensor had.
///
/// - Paper: Deep et al. 2024, "DELLA-Merging: Reducing Interference in Model Merging through
///   Magnitude-Based Sampling", https://arxiv.org/abs/2406.11617
/// - Deviations: as in mergekit, rows are ranked for themselves, a tensor of one dimension is one
///   row, and rescaling restores the tensor's L1 norm, where the paper divides each entry by its own
///   chance. Of equal magnitudes the lower index ranks lower, the only entry of a row is kept with
///   the chance `density`, and what is dropped depends on seed, part name, tensor name and index.
package struct DELLA: MergeMethod {
  package static let card = MethodCard(
    name: "della", title: "DELLA", reference: "https://arxiv.org/abs/2406.11617",
    summary: "Drops small changes more often than large ones, elects signs, averages what agrees.")

  /// Mean share of entries that is kept, above 0 and at most 1; 1 keeps everything.
  package var density = 0.3
  /// How far the chances lie above and below the density (*ε*, half the paper's window).
  package var epsilon = 0.15
  /// Whether what is kept is scaled to the L1 norm that the tensor had.
  package var rescale = true
  /// Factor on the merged difference, unitless.
  package var scale = 1.0
  package var signElection = SignElection.total
  /// One weight a part, before the election; empty means ones.
  package var weights: [Double] = []
  /// Whether to divide by the agreeing weights' sum.
  package var normalize = true
  package var seed = 42

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "density": .above(0, to: 1), "epsilon": .from(0, below: 0.5), "scale": .finite,
    "weights": .finite, "seed": .any,
  ]

  package func validate() throws {
    guard density < 1, density - epsilon <= 0 || density + epsilon >= 1 else { return }
    throw SettingsError.Problem.invalid(
      "epsilon", given: "\(epsilon)",
      requirement: "below the density \(density) and below 1 − density")
  }

  package func check(parts: Int) throws(MergeError) {
    _ = try Spunge.weights(weights, parts: parts)
  }

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    let weights = try Spunge.weights(weights, parts: parts.count)
    let mean = DisjointMean(
      election: Election(vote: signElection, undecided: .plus), scale: scale, weights: weights,
      divisor: normalize ? .weights : .one)
    let sampling =
      density < 1
      ? try MagnitudeSampling(
        parts, density: density, epsilon: epsilon, seed: seed, rescale: rescale) : nil
    return DELLARule(sampling: sampling, weights: weights, mean: mean)
  }
}

private struct DELLARule: MergeRule {
  /// Nil where everything is kept.
  let sampling: MagnitudeSampling?
  let weights: [Double]
  let mean: DisjointMean

  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>
  ) throws {
    try sampling?.sample(parts, tensor: tensor, offset: offset)
    for (part, weight) in zip(parts, weights) where weight != 1 {
      for index in part.indices { part[index] = Float(Double(part[index]) * weight) }
    }
    mean.merge(parts, into: result)
  }
}
