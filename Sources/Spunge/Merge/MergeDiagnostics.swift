import Foundation
import Tensors

/// What a merge meets and makes of it, tensor by tensor.
package struct MergeDiagnostics: Codable, Sendable {
  package var method: String
  package var parts: [String]
  /// One row a tensor that some part changes, by block and name.
  package var rows: [Row]

  /// One tensor.
  package struct Row: Codable, Sendable {
    package var tensor: String
    /// Number of the decoder block; nil for what is in none, such as an embedding.
    package var block: Int?
    /// The name within its block, for example `mlp.down_proj.weight`.
    package var module: String
    package var elements: Int
    /// Euclidean length of each part's change.
    package var norms: [Double]
    /// Euclidean length of the merged change.
    package var mergedNorm: Double
    /// Share of the elements that some parts raise and others lower.
    package var conflicts: Double
    /// The same after what the method trims or drops.
    package var conflictsLeft: Double
    /// Share of each part's changed elements that the method sets to zero; nil where it changes none.
    package var trimmed: [Double?]
    /// Cosine between parts, `cosines[i][j]` for j > i at `[i][j − i − 1]`; nil where one is zero.
    package var cosines: [[Double?]]

    /// Cosine between two parts.
    package func cosine(_ first: Int, _ second: Int) -> Double? {
      if first == second { return 1 }
      let (low, high) = (min(first, second), max(first, second))
      return cosines[low][high - low - 1]
    }
  }
}

extension CheckpointMerger {
  /// Looks at all parts once, and merges them without keeping the result.
  ///
  /// - Throws: `MergeError`, read errors.
  package func diagnostics(_ parts: [ParameterDelta]) throws -> MergeDiagnostics {
    let names = parts.map(\.name)
    let (parts, rule) = try prepare(parts)
    let stretches = parts.tensors.flatMap { $0.stretches() }
    let sums = try parallelMap(stretches.count) { index in
      try MergeSums(of: stretches[index], parts, rule)
    }
    var byTensor: [String: MergeSums] = [:]
    for (stretch, sum) in zip(stretches, sums) {
      byTensor[stretch.tensor.name, default: MergeSums(parts: parts.count)].add(sum)
    }
    let rows = parts.tensors.compactMap { tensor in
      byTensor[tensor.name].map { $0.row(tensor) }
    }
    return MergeDiagnostics(
      method: methodName, parts: names,
      rows: rows.sorted { ($0.block ?? -1, $0.module) < ($1.block ?? -1, $1.module) })
  }
}

/// Sums over elements, from which a row is made.
private struct MergeSums: Sendable {
  /// ⟨part i, part j⟩ for j ≥ i.
  var products: [[Double]]
  var mergedSquares = 0.0
  var conflicts = 0
  var conflictsLeft = 0
  /// Elements of each part that are not zero, before and after the method trimmed.
  var changed: [Int]
  var left: [Int]

  init(parts: Int) {
    products = (0..<parts).map { [Double](repeating: 0, count: parts - $0) }
    changed = [Int](repeating: 0, count: parts)
    left = changed
  }

  init(of stretch: Stretch, _ parts: DeltaParts, _ rule: any MergeRule) throws {
    self.init(parts: parts.count)
    try parts.withValues(of: stretch) { values in
      for first in 0..<parts.count {
        for second in first..<parts.count {
          products[first][second - first] = innerProduct(
            UnsafeBufferPointer(values[first]), UnsafeBufferPointer(values[second]))
        }
      }
      conflicts = Self.conflicts(values)
      changed = values.map { $0.count { $0 != 0 } }
      try withScratch(1, stretch.count) { result in
        try rule.merge(
          values, tensor: stretch.tensor.name, offset: stretch.offset, into: result[0])
        let merged = UnsafeBufferPointer(result[0])
        mergedSquares = innerProduct(merged, merged)
      }
      conflictsLeft = Self.conflicts(values)
      left = values.map { $0.count { $0 != 0 } }
    }
  }

  /// Elements that have both signs among the parts.
  private static func conflicts(_ parts: [UnsafeMutableBufferPointer<Float>]) -> Int {
    var count = 0
    for index in 0..<(parts.first?.count ?? 0) {
      var (least, most) = (Float(0), Float(0))
      for part in parts {
        least = min(least, part[index])
        most = max(most, part[index])
      }
      if least < 0, most > 0 { count += 1 }
    }
    return count
  }

  mutating func add(_ other: MergeSums) {
    for first in products.indices {
      for second in products[first].indices {
        products[first][second] += other.products[first][second]
      }
      changed[first] += other.changed[first]
      left[first] += other.left[first]
    }
    mergedSquares += other.mergedSquares
    conflicts += other.conflicts
    conflictsLeft += other.conflictsLeft
  }

  func row(_ tensor: TensorDescription) -> MergeDiagnostics.Row {
    let norms = products.map { $0[0].squareRoot() }
    let (block, module) = placeOfTensor(tensor.name)
    return MergeDiagnostics.Row(
      tensor: tensor.name, block: block, module: module, elements: tensor.count, norms: norms,
      mergedNorm: mergedSquares.squareRoot(),
      conflicts: Double(conflicts) / Double(max(tensor.count, 1)),
      conflictsLeft: Double(conflictsLeft) / Double(max(tensor.count, 1)),
      trimmed: zip(changed, left).map { $0 == 0 ? nil : 1 - Double($1) / Double($0) },
      cosines: products.indices.map { first in
        products[first].indices.dropFirst().map { other in
          let lengths = norms[first] * norms[first + other]
          return lengths > 0 ? products[first][other] / lengths : nil
        }
      })
  }
}

/// Block number and name within the block, as Hugging Face's parameter names have them:
/// `model.layers.5.mlp.down_proj.weight` is `mlp.down_proj.weight` of block 5.
func placeOfTensor(_ name: String) -> (block: Int?, module: String) {
  let fields = name.split(separator: ".")
  guard let place = fields.firstIndex(where: { Int($0) != nil }), place + 1 < fields.count else {
    return (nil, name)
  }
  return (Int(fields[place]), fields[(place + 1)...].joined(separator: "."))
}
