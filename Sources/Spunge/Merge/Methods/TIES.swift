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

  package func validate() throws {
    guard density > 0, density <= 1 else {
      throw SettingsError.Problem.invalid(
        "density", given: "\(density)", requirement: "above 0 and at most 1")
    }
    try checkFiniteSettings([("scale", scale)] + weights.map { ("weights", $0) })
  }

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    if dialect == .authors, !weights.isEmpty {
      throw MergeError.weightsNotTaken(dialect: dialect.rawValue)
    }
    var rule = TIESRule(
      settings: self, weights: try Spunge.weights(weights, parts: parts.count),
      cuts: dialect == .authors ? try modelCuts(parts) : try tensorCuts(parts),
      undecided: .plus)
    if dialect == .authors { rule.undecided = try majority(parts, rule) }
    return rule
  }

  /// One cut a part over all its entries: the authors' `kthvalue(d − int(d·K))` and `≥`.
  private func modelCuts(_ parts: DeltaParts) throws -> [String: [MagnitudeCut]] {
    let changedCount = parts.tensors.reduce(0) { $0 + $1.count }
    let count = scope == .model ? parts.modelCount : changedCount
    let rank = Int(Double(count) * density) + 1
    var cuts: [MagnitudeCut] = []
    for part in 0..<parts.count {
      guard rank <= count else {
        cuts.append(.keepAll)
        continue
      }
      let held = parts.tensors.filter { parts.holds($0, part: part) }
      let zeros = count - held.reduce(0) { $0 + $1.count }
      let found = try magnitudeRank(rank, zeros: zeros) { receive in
        for tensor in held {
          try parts.forEachStretch(of: tensor, part: part) { _, values in receive(values) }
        }
      }
      cuts.append(MagnitudeCut(magnitude: found.magnitude, lastTie: .max))
    }
    return Dictionary(uniqueKeysWithValues: parts.tensors.map { ($0.name, cuts) })
  }

  /// One cut a part and tensor that keeps exactly `int(density · n)` entries.
  private func tensorCuts(_ parts: DeltaParts) throws -> [String: [MagnitudeCut]] {
    var cuts: [String: [MagnitudeCut]] = [:]
    for tensor in parts.tensors {
      cuts[tensor.name] = try (0..<parts.count).map { part in
        try tensorCut(tensor, part: part, of: parts)
      }
    }
    return cuts
  }

  private func tensorCut(
    _ tensor: TensorDescription, part: Int, of parts: DeltaParts
  ) throws -> MagnitudeCut {
    let kept = Int(density * Double(tensor.count))
    guard kept < tensor.count, parts.holds(tensor, part: part) else { return .keepAll }
    guard kept > 0 else {
      guard dialect != .mergekit else {
        throw MergeError.nothingKept(tensor: tensor.name, count: tensor.count, density: density)
      }
      return .keepNone
    }
    let found = try magnitudeRank(kept) { receive in
      try parts.forEachStretch(of: tensor, part: part) { _, values in receive(values) }
    }
    var cut = MagnitudeCut(magnitude: found.magnitude, lastTie: .max)
    var tiesLeft = kept - found.larger
    guard tiesLeft < found.equal else { return cut }
    try parts.forEachStretch(of: tensor, part: part) { offset, values in
      guard tiesLeft > 0 else { return }
      for (index, value) in values.enumerated() where abs(value) == found.magnitude {
        tiesLeft -= 1
        if tiesLeft == 0 {
          cut.lastTie = offset + index
          return
        }
      }
    }
    return cut
  }

  /// The sign that most parameters elect; a draw counts as minus, as in the authors' code.
  private func majority(_ parts: DeltaParts, _ rule: TIESRule) throws -> FloatingPointSign {
    var sum = 0
    for tensor in parts.tensors {
      try parts.forEachStretch(of: tensor) { offset, values in
        rule.trim(values, tensor: tensor.name, offset: offset)
        for index in values[0].indices { sum += votes(signElection.balance(values, at: index)) }
      }
    }
    return sum > 0 ? .plus : .minus
  }
}

/// TIES once the cuts and the sign of undecided entries are known.
private struct TIESRule: MergeRule {
  let settings: TIES
  let weights: [Double]
  /// Tensor name → one cut a part.
  let cuts: [String: [MagnitudeCut]]
  /// Elected where the balance is zero.
  var undecided: FloatingPointSign

  func trim(_ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int) {
    guard let cuts = cuts[tensor] else { return }
    for (part, cut) in zip(parts, cuts) { cut.trim(part, offset: offset) }
  }

  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    trim(parts, tensor: tensor, offset: offset)
    if settings.dialect == .mergekit {
      for (part, weight) in zip(parts, weights) where weight != 1 {
        for index in part.indices { part[index] *= Float(weight) }
      }
    }
    for index in result.indices {
      let balance = settings.signElection.balance(parts, at: index)
      let elected = balance == 0 ? (undecided == .plus ? 1 : -1) : votes(balance)
      result[index] = Float(settings.scale * mean(parts, at: index, elected: elected))
    }
  }

  /// Mean of the entries with the elected sign; zero when there is none.
  private func mean(
    _ parts: [UnsafeMutableBufferPointer<Float>], at index: Int, elected: Int
  ) -> Double {
    var sum = 0.0
    var count = 0
    var weightSum = 0.0
    for (part, weight) in zip(parts, weights) where votes(part[index]) == elected {
      sum += Double(part[index]) * (settings.dialect == .peft ? weight : 1)
      count += 1
      weightSum += weight
    }
    if settings.dialect == .mergekit {
      return settings.normalize && weightSum != 0 ? sum / weightSum : sum
    }
    return sum / Double(max(count, 1))
  }
}
