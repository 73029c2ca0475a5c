import Tensors

/// TIES in directions that the parts share: those of the singular value decomposition of all
/// changes side by side.
///
/// - Paper: Stoica et al. 2024, "Model merging with SVD to tie the Knots",
///   https://arxiv.org/abs/2410.19735
/// - Deviations: trimming and undecided signs look at each tensor for itself, the authors' code at
///   the whole model; with a density of 1, the authors' choice for language models, nothing is
///   trimmed. Weak directions are left out relative to the strongest, there below 1e-5. A direction's
///   sign is the one that makes its largest output entry positive, so that what is undecided does not
///   depend on a library. Tensors that are no matrices are merged by TIES as they are; the authors'
///   code leaves them out.
package struct KnOTS: MergeMethod {
  package static let card = MethodCard(
    name: "knots", title: "KnOTS", reference: "https://arxiv.org/abs/2410.19735",
    summary: "TIES in the singular directions of all parts' changes side by side.")

  /// Share of entries that trimming keeps of each part, above 0 and at most 1.
  package var density = 1.0
  /// Factor on the merged difference, unitless.
  package var scale = 1.0
  package var signElection = SignElection.total
  /// Directions below this share of the strongest count as rounding and are dropped.
  package var tolerance = 1e-6

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "density": .above(0, to: 1), "scale": .finite, "tolerance": .from(1e-9, below: 1),
  ]

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    WholeTensorRule(parts, others: nil) { [self] tensor in
      guard tensor.shape.count == 2 else {
        return trimmedMean(try (0..<parts.count).map { try parts.values(of: tensor, part: $0) })
      }
      let changes = try SharedDirections(of: tensor, parts, tolerance: tolerance)
      let directions = outputDirections(changes)
      let sides = changes.cores.map { core in
        DoubleMatrix.product(DoubleMatrix.product(directions, core), changes.right)
      }
      let merged = trimmedMean(sides.map { $0.elements.map(Float.init) })
      let outputs = DoubleMatrix.product(directions, changes.left).transposed
      let inputs = DoubleMatrix(directions.rows, tensor.columns, merged.map(Double.init))
      return DoubleMatrix.product(outputs, inputs).elements.map(Float.init)
    }
  }

  /// The left singular vectors of all cores side by side, one a row.
  private func outputDirections(_ changes: SharedDirections) -> DoubleMatrix {
    var stacked = DoubleMatrix(0, changes.left.rows)
    for core in changes.cores { stacked.append(core.transposed) }
    let directions = SingularValues(of: stacked, tolerance: tolerance).right
    let outputs = DoubleMatrix.product(directions, changes.left)
    let signs = (0..<outputs.rows).map { row -> Double in
      var largest = 0.0
      for column in 0..<outputs.columns where abs(outputs[row, column]) > abs(largest) {
        largest = outputs[row, column]
      }
      return largest < 0 ? -1 : 1
    }
    return directions.scalingRows(by: signs)
  }

  /// TIES as its authors have it, of one tensor.
  ///
  /// - Parameter parts: equally many values each.
  private func trimmedMean(_ parts: [[Float]]) -> [Float] {
    let count = parts[0].count
    return withScratch(parts.count, count) { buffers in
      for (buffer, part) in zip(buffers, parts) {
        _ = buffer.initialize(from: part)
        trim(buffer)
      }
      let isPlus = signElection.excess(buffers) > 0
      let mean = DisjointMean(
        election: Election(vote: signElection, undecided: isPlus ? .plus : .minus), scale: scale,
        weights: parts.map { _ in 1 }, divisor: .count)
      return [Float](unsafeUninitializedCapacity: count) { result, initialized in
        result.initialize(repeating: 0)
        mean.merge(buffers, into: UnsafeMutableBufferPointer(rebasing: result[..<count]))
        initialized = count
      }
    }
  }

  private func trim(_ values: UnsafeMutableBufferPointer<Float>) {
    let rank = Int(Double(values.count) * density) + 1
    guard rank <= values.count else { return }
    let found = magnitudeRank(rank) { empty in
      var histogram = empty
      histogram.add(UnsafeBufferPointer(values))
      return histogram
    }
    MagnitudeCut(magnitude: found.magnitude, lastTie: .max).trim(values, offset: 0)
  }
}
