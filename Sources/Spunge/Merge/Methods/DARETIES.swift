import Tensors

/// Drop and rescale, then elect a sign for every parameter and average what agrees.
///
/// - Paper: Yu et al. 2024, "Language Models are Super Mario: Absorbing Abilities from Homologous
///   Models as a Free Lunch", https://arxiv.org/abs/2311.03099; Yadav et al. 2023, "TIES-Merging:
///   Resolving Interference When Merging Models", https://arxiv.org/abs/2306.01708
/// - Deviations: dropping takes the place of TIES's trimming, as in PEFT, whose weights (after the
///   election) and undecided signs (plus) this has too; the authors' release trims as well.
package struct DARETIES: MergeMethod {
  package static let card = MethodCard(
    name: "dare_ties", title: "DARE with TIES", reference: "https://arxiv.org/abs/2311.03099",
    summary: "Drops changes at random, rescales the rest, elects signs, averages what agrees.")

  /// Share of entries that is kept (1 − *p* in the paper), above 0 and at most 1.
  package var density = 0.1
  /// Factor on the merged difference, unitless.
  package var scale = 1.0
  package var signElection = SignElection.total
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
    DARETIESRule(
      dropping: RandomDropping(parts, density: density, seed: seed),
      mean: DisjointMean(
        election: Election(vote: signElection, undecided: .plus), scale: scale,
        weights: try Spunge.weights(weights, parts: parts.count), divisor: .count))
  }
}

private struct DARETIESRule: MergeRule {
  let dropping: RandomDropping
  let mean: DisjointMean

  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    dropping.drop(parts, tensor: tensor, offset: offset)
    mean.merge(parts, into: result)
  }
}
