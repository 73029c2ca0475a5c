import Tensors

/// Drop and rescale, then add.
///
/// Sets entries of each part to zero at random and divides the others by the share that is kept,
/// so that the expected difference stays what it was.
///
/// - Paper: Yu et al. 2024, "Language Models are Super Mario: Absorbing Abilities from Homologous
///   Models as a Free Lunch", https://arxiv.org/abs/2311.03099
/// - Deviations: which entries are dropped depends on seed, part name, tensor name and index, not
///   on the order in which they are visited.
package struct DARE: MergeMethod {
  package static let card = MethodCard(
    name: "dare_linear", title: "DARE", reference: "https://arxiv.org/abs/2311.03099",
    summary: "Drops changes at random, rescales the rest, adds the parts.")

  /// Share of entries that is kept (1 − *p* in the paper), above 0 and at most 1.
  package var density = 0.1
  /// Factor on the sum, unitless.
  package var scale = 1.0
  /// One weight a part; empty means ones.
  package var weights: [Double] = []
  package var seed = 42

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "density": .above(0, to: 1), "scale": .finite, "weights": .finite, "seed": .any,
  ]

  package func check(parts: Int) throws(MergeError) {
    _ = try Spunge.weights(weights, parts: parts)
  }

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    let weights = try Spunge.weights(weights, parts: parts.count)
    return DARERule(
      dropping: RandomDropping(parts, density: density, seed: seed),
      sum: WeightedSum(weights: weights.map { $0 * scale }))
  }
}

private struct DARERule: MergeRule {
  let dropping: RandomDropping
  let sum: WeightedSum

  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    dropping.drop(parts, tensor: tensor, offset: offset)
    sum.merge(parts, tensor: tensor, offset: offset, into: result)
  }
}
