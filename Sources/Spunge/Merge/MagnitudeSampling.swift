import Tensors

/// Keeps entries at random, those of larger magnitude with a higher chance, and scales what is left.
struct MagnitudeSampling: Sendable {
  private let parts: DeltaParts
  private let tensors: [String: TensorDescription]
  private let density: Double
  private let epsilon: Double
  private let sources: [RandomSource]
  /// Tensor name → the factor on each part's kept entries.
  private var factors: [String: [Double]] = [:]

  /// - Parameters:
  ///   - density: mean chance, density ± epsilon above 0 and below 1.
  ///   - rescale: whether what is kept gets the L1 norm that the tensor had.
  /// - Throws: `MergeError.notFinite`, read errors.
  init(
    _ parts: DeltaParts, density: Double, epsilon: Double, seed: Int, rescale: Bool
  ) throws {
    (self.parts, self.density, self.epsilon) = (parts, density, epsilon)
    tensors = Dictionary(uniqueKeysWithValues: parts.tensors.map { ($0.name, $0) })
    sources = parts.randomSources(seed: seed)
    guard rescale else { return }
    let unscaled = self
    let stretches = parts.tensors.flatMap { $0.stretches() }
    let sums = try parallelMap(stretches.count) { index in
      let stretch = stretches[index]
      return try parts.withValues(of: stretch) { values in
        let before = values.map { Self.sumOfMagnitudes($0) }
        try unscaled.sample(values, tensor: stretch.tensor.name, offset: stretch.offset)
        return zip(before, values).map { ($0, Self.sumOfMagnitudes($1)) }
      }
    }
    var totals: [String: [(before: Double, after: Double)]] = [:]
    for (stretch, sum) in zip(stretches, sums) {
      let old = totals[stretch.tensor.name] ?? sum.map { _ in (0, 0) }
      totals[stretch.tensor.name] = zip(old, sum).map { ($0.before + $1.0, $0.after + $1.1) }
    }
    factors = totals.mapValues { $0.map { $0.after > 0 ? $0.before / $0.after : 1 } }
  }

  /// Drops and scales a stretch of every part.
  ///
  /// - Parameter offset: index of the stretch's first element in `tensor`.
  /// - Throws: `MergeError.notFinite`, read errors.
  func sample(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int
  ) throws {
    guard let description = tensors[tensor] else { return }
    for (part, values) in parts.enumerated() {
      let random = IndexedRandom(sources[part].child(named: tensor))
      let factor = factors[tensor].map { $0[part] } ?? 1
      if description.shape.count > 1 {
        let columns = description.columns
        for first in stride(from: 0, to: values.count, by: columns) {
          let row = UnsafeMutableBufferPointer(rebasing: values[first..<first + columns])
          let chances = chances(UnsafeBufferPointer(row))
          for index in row.indices {
            let isKept = random.uniform(at: offset + first + index) < chances[index]
            row[index] = isKept ? Float(Double(row[index]) * factor) : 0
          }
        }
      } else {
        // One row, of which this may be a piece.
        let whole = try self.parts.values(of: description, part: part)
        let chances = whole.withUnsafeBufferPointer { self.chances($0) }
        for index in values.indices {
          let isKept = random.uniform(at: offset + index) < chances[offset + index]
          values[index] = isKept ? Float(Double(values[index]) * factor) : 0
        }
      }
    }
  }

  /// The chance of every entry of a row.
  private func chances(_ row: UnsafeBufferPointer<Float>) -> [Double] {
    guard row.count > 1 else { return row.map { _ in density } }
    // Magnitude and index as one number: |x| is ordered as its bits are.
    let order = row.enumerated().map { index, value in
      UInt64(value.magnitude.bitPattern) << 32 | UInt64(index)
    }.sorted()
    var chances = [Double](repeating: 0, count: row.count)
    for (rank, key) in order.enumerated() {
      let place = Double(rank) / Double(row.count - 1)
      chances[Int(key & 0xffff_ffff)] = (density - epsilon) + place * 2 * epsilon
    }
    return chances
  }

  private static func sumOfMagnitudes(_ values: UnsafeMutableBufferPointer<Float>) -> Double {
    values.reduce(0) { $0 + Double($1.magnitude) }
  }
}
