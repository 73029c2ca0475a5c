import Tensors

/// Select, calculate, erase: merges the entries in which parts differ most, weighted by how much
/// each part changes, and drops entries against the summed sign.
///
/// - Paper: Wan et al. 2024, "FuseChat: Knowledge Fusion of Chat Models",
///   https://arxiv.org/abs/2408.07990
/// - Deviations: undecided signs are plus, as in mergekit. Weights are proportional to the mean squares
///   at any scale, and divisors are not bounded below; mergekit weighs parts alike where the mean
///   squares sum to less than 1e-6, as changes of unlearning often do. Entries of equal variance at
///   the edge are kept lowest index first. Below a selection of 1 parts that are equal are not merged,
///   since nothing varies.
package struct SCE: MergeMethod {
  package static let card = MethodCard(
    name: "sce", title: "SCE", reference: "https://arxiv.org/abs/2408.07990",
    summary: "Merges where the parts differ most, weighted by how much each changes.")

  /// Share of the entries that differ between parts that is kept, those of the largest variance
  /// (*τ* in the paper, in percent); 1 keeps all.
  package var selection = 1.0
  /// Factor on the merged difference, unitless.
  package var scale = 1.0

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "selection": .above(0, to: 1), "scale": .finite,
  ]

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    let cuts = try cuts(parts)
    let stretches = parts.tensors.flatMap { $0.stretches() }
    let squares = try parallelMap(stretches.count) { index in
      let stretch = stretches[index]
      return try parts.withValues(of: stretch) { values in
        SCERule.select(values, cuts[stretch.tensor.name], offset: stretch.offset)
        return values.map { innerProduct(UnsafeBufferPointer($0), UnsafeBufferPointer($0)) }
      }
    }
    var sums: [String: [Double]] = [:]
    for (stretch, square) in zip(stretches, squares) {
      sums[stretch.tensor.name] = sums[stretch.tensor.name].map { zip($0, square).map(+) } ?? square
    }
    return SCERule(
      cuts: cuts,
      weights: sums.mapValues { squares in
        let all = squares.reduce(0, +)
        return squares.map { all > 0 ? $0 / all : 1 / Double(squares.count) }
      }, scale: scale)
  }

  /// Tensor name → which spreads are kept; all where a tensor has none.
  private func cuts(_ parts: DeltaParts) throws -> [String: MagnitudeCut] {
    guard selection < 1 else { return [:] }
    let tensors = parts.tensors
    let cuts = try parallelMap(tensors.count) { index in
      let tensor = tensors[index]
      let source: MagnitudeCut.Source = { stretch, body in
        try parts.withValues(of: stretch) { values in
          try withScratch(1, stretch.count) { scratch in
            SCERule.spreads(values, into: scratch[0])
            try body(UnsafeBufferPointer(scratch[0]))
          }
        }
      }
      var different = 0
      for stretch in tensor.stretches() {
        try source(stretch) { different += $0.count { $0 != 0 } }
      }
      return try MagnitudeCut.keeping(
        Int(Double(different) * selection), of: tensor, source)
    }
    return Dictionary(uniqueKeysWithValues: zip(tensors.map(\.name), cuts))
  }
}

private struct SCERule: MergeRule {
  let cuts: [String: MagnitudeCut]
  /// Tensor name → one a part.
  let weights: [String: [Double]]
  let scale: Double

  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    Self.select(parts, cuts[tensor], offset: offset)
    let weights = weights[tensor] ?? []
    for index in result.indices {
      let sum = parts.reduce(0) { $0 + Double($1[index]) }
      let sign: Double = sum >= 0 ? 1 : -1
      var (total, weight) = (0.0, 0.0)
      for (part, share) in zip(parts, weights) where Double(part[index]) * sign > 0 {
        total += share * Double(part[index])
        weight += share
      }
      result[index] = weight > 0 ? Float(scale * total / weight) : 0
    }
  }

  /// Sets entries of little variance to zero.
  static func select(
    _ parts: [UnsafeMutableBufferPointer<Float>], _ cut: MagnitudeCut?, offset: Int
  ) {
    guard let cut, let count = parts.first?.count else { return }
    withScratch(1, count) { scratch in
      spreads(parts, into: scratch[0])
      for index in 0..<count where !cut.keeps(scratch[0][index], at: offset + index) {
        for part in parts { part[index] = 0 }
      }
    }
  }

  /// The standard deviation of every entry over the parts, which is ordered as the variance is.
  static func spreads(
    _ parts: [UnsafeMutableBufferPointer<Float>], into result: UnsafeMutableBufferPointer<Float>
  ) {
    let count = Double(parts.count)
    for index in result.indices {
      let mean = parts.reduce(0) { $0 + Double($1[index]) } / count
      let square = parts.reduce(0) { sum, part in
        let difference = Double(part[index]) - mean
        return sum + difference * difference
      }
      result.initializeElement(at: index, to: Float((square / count).squareRoot()))
    }
  }
}
