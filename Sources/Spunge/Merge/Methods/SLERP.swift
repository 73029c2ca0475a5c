import Formats
import Foundation
import Tensors

/// Spherical linear interpolation of two parts, tensor by tensor.
///
/// - Paper: Shoemake 1985, "Animating Rotation with Quaternion Curves",
///   https://doi.org/10.1145/325165.325242; for models as in mergekit,
///   https://github.com/arcee-ai/mergekit
/// - Deviations: none known; nearly parallel tensors (cosine above 0.9995 in magnitude) are
///   interpolated linearly, as in mergekit.
package struct SLERP: MergeMethod {
  package static let card = MethodCard(
    name: "slerp", title: "SLERP", reference: "https://doi.org/10.1145/325165.325242",
    summary: "Interpolates two parts along the arc between them, tensor by tensor.")

  /// What is interpolated.
  package enum Vectors: String, SettingsChoice {
    /// The models' weights, as in mergekit; models of one base are nearly parallel.
    case models
    /// The parts' differences from the base.
    case changes
  }

  /// 0 for the first part, 1 for the second.
  package var position = 0.5
  package var vectors = Vectors.models

  package init() {}

  package static let ranges: [String: SettingRange] = ["position": .from(0, to: 1)]

  package func check(parts: Int) throws(MergeError) {
    guard parts == 2 else { throw .partCount(parts, method: Self.card.title, needed: 2) }
  }

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    let stretches = parts.tensors.flatMap { $0.stretches() }
    let found = try parallelMap(stretches.count) { try products(of: stretches[$0], parts) }
    var sums: [String: Products] = [:]
    for (stretch, product) in zip(stretches, found) {
      sums[stretch.tensor.name, default: Products()].add(product)
    }
    return SLERPRule(
      base: vectors == .models ? parts.base : nil,
      columns: Dictionary(uniqueKeysWithValues: parts.tensors.map { ($0.name, $0.columns) }),
      factors: sums.mapValues { $0.factors(position) })
  }

  private func products(of stretch: Stretch, _ parts: DeltaParts) throws -> Products {
    try parts.withValues(of: stretch) { values in
      var sums = Products()
      try withScratch(1, stretch.count) { scratch in
        scratch[0].initialize(repeating: 0)
        if vectors == .models {
          try parts.base.read(stretch.tensor.name, rows: stretch.rows, into: scratch[0])
        }
        for index in 0..<stretch.count {
          let base = Double(scratch[0][index])
          let (x, y) = (base + Double(values[0][index]), base + Double(values[1][index]))
          sums.xx += x * x
          sums.yy += y * y
          sums.xy += x * y
        }
      }
      return sums
    }
  }
}

/// Inner products of two vectors.
private struct Products: Sendable {
  var xx = 0.0
  var yy = 0.0
  var xy = 0.0

  mutating func add(_ other: Products) {
    xx += other.xx
    yy += other.yy
    xy += other.xy
  }

  /// Factors on the two vectors at `position` of the arc.
  func factors(_ position: Double) -> (Double, Double) {
    let lengths = (xx * yy).squareRoot()
    let cosine = lengths > 0 ? xy / lengths : 1
    guard abs(cosine) <= 0.9995 else { return (1 - position, position) }
    let angle = PortableMath.acos(cosine)
    return (
      PortableMath.sin((1 - position) * angle) / PortableMath.sin(angle),
      PortableMath.sin(position * angle) / PortableMath.sin(angle)
    )
  }
}

private struct SLERPRule: MergeRule {
  /// The base where models are interpolated, nil for changes.
  let base: (any Checkpoint)?
  /// Tensor name → elements in a row.
  let columns: [String: Int]
  /// Tensor name → factors on the two vectors.
  let factors: [String: (Double, Double)]

  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>
  ) throws {
    let (first, second) = factors[tensor] ?? (0, 0)
    try withScratch(1, result.count) { scratch in
      scratch[0].initialize(repeating: 0)
      if let base, let columns = columns[tensor] {
        let rows = offset / columns..<(offset + result.count) / columns
        try base.read(tensor, rows: rows, into: scratch[0])
      }
      // first · (base + x) + second · (base + y) − base
      let excess = first + second - 1
      for index in result.indices {
        result[index] = Float(
          excess * Double(scratch[0][index]) + first * Double(parts[0][index])
            + second * Double(parts[1][index]))
      }
    }
  }
}
