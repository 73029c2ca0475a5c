import Tensors

/// Trim, elect sign and merge.
///
/// Keeps the largest entries of each part, elects one sign for every parameter, and averages the
/// entries that agree with it.
///
/// - Paper: Yadav et al. 2023, "TIES-Merging: Resolving Interference When Merging Models",
///   https://arxiv.org/abs/2306.01708
/// - Deviations: a density of 1 keeps everything in the authors' dialect, where their code fails;
///   entries of equal magnitude at the edge are kept lowest index first where the other dialects
///   leave it open; sums are in double precision.
package struct TIES: MergeMethod {
  package static let card = MethodCard(
    name: "ties", title: "TIES", reference: "https://arxiv.org/abs/2306.01708",
    summary: "Trims small changes, elects a sign for every parameter, averages what agrees.")

  /// Three implementations that give different numbers.
  package enum Dialect: String, SettingsChoice {
    /// The authors' code: one threshold for the whole model, undecided signs follow the majority.
    case authors
    /// Hugging Face PEFT: a threshold a tensor, weights after the election, undecided signs are
    /// plus.
    case peft
    /// mergekit: a threshold a tensor, weights before the election, undecided signs are plus.
    case mergekit
  }

  /// What the authors' single threshold ranges over.
  package enum Scope: String, SettingsChoice {
    /// Every parameter of the model; those that no part changes count as zero, as in the authors'
    /// code.
    case model
    /// The tensors that some part changes.
    case changed
  }

  /// Share of entries that trimming keeps, above 0 and at most 1 (*k* in the paper, in percent).
  package var density = 0.2
  /// Factor on the merged difference (*λ* in the paper), unitless.
  package var scale = 1.0
  package var dialect = Dialect.authors
  package var scope = Scope.model
  package var signElection = SignElection.total
  /// One weight a part; empty means ones. Not in the authors' dialect.
  package var weights: [Double] = []
  /// Whether mergekit's dialect divides by the agreeing weights' sum.
  package var normalize = true

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "density": .above(0, to: 1), "scale": .finite, "weights": .finite,
  ]

  package func check(parts: Int) throws(MergeError) {
    if dialect == .authors, !weights.isEmpty { throw .weightsNotTaken(dialect: dialect.rawValue) }
    _ = try Spunge.weights(weights, parts: parts)
  }

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    let weights = try Spunge.weights(weights, parts: parts.count)
    let trimming = try trimming(parts)
    let election = Election(
      vote: signElection,
      undecided: dialect == .authors ? try majority(parts, trimming) : .plus)
    return TIESRule(
      trimming: trimming,
      weights: dialect == .mergekit ? weights : weights.map { _ in 1 },
      mean: DisjointMean(
        election: election, scale: scale, weights: weights,
        divisor: dialect != .mergekit ? .count : normalize ? .weights : .one))
  }

  private func trimming(_ parts: DeltaParts) throws -> TrimPlan {
    guard dialect == .authors else {
      return try .perTensor(parts, density: density, mayKeepNone: dialect == .peft)
    }
    let changedCount = parts.tensors.reduce(0) { $0 + $1.count }
    let count = scope == .model ? parts.modelCount : changedCount
    // The authors' `kthvalue(d − int(d·K))` and `≥`.
    return try .wholeModel(parts, rank: Int(Double(count) * density) + 1, count: count)
  }

  /// The sign that most parameters elect; a draw counts as minus, as in the authors' code.
  private func majority(_ parts: DeltaParts, _ trimming: TrimPlan) throws -> FloatingPointSign {
    let stretches = parts.tensors.flatMap { $0.stretches() }
    let sums = try parallelAccumulate(stretches.count, { 0 }) { sum, index in
      let stretch = stretches[index]
      try parts.withValues(of: stretch) { values in
        trimming.trim(values, tensor: stretch.tensor.name, offset: stretch.offset)
        sum += signElection.excess(values)
      }
    }
    return sums.reduce(0, +) > 0 ? .plus : .minus
  }
}

/// TIES once it is known what trimming keeps and how undecided entries are elected.
private struct TIESRule: MergeRule {
  let trimming: TrimPlan
  /// Weights that act before the election.
  let weights: [Double]
  let mean: DisjointMean

  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    trimming.trim(parts, tensor: tensor, offset: offset)
    for (part, weight) in zip(parts, weights) where weight != 1 {
      for index in part.indices { part[index] *= Float(weight) }
    }
    mean.merge(parts, into: result)
  }
}
