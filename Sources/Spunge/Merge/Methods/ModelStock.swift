import Tensors

/// Moves from the base towards the parts' mean, the further the more the parts agree.
///
/// With *c* the mean cosine between changes of *N* parts, the mean change is multiplied by
/// t = N·c / (1 + (N − 1)·c), tensor by tensor or row by row.
///
/// - Paper: Jang et al. 2024, "Model Stock: All we need is just a few fine-tuned models",
///   https://arxiv.org/abs/2403.19522
/// - Deviations: more than two parts as in mergekit, with the mean over all pairs; as there, t is 0
///   where the denominator is below 1e-6 in magnitude, and parts that point apart have a negative t.
///   The cosine with a part that does not change is 0, whatever the scale; mergekit counts products
///   of lengths below 1e-6 as 1e-6.
package struct ModelStock: MergeMethod {
  package static let card = MethodCard(
    name: "model_stock", title: "Model Stock", reference: "https://arxiv.org/abs/2403.19522",
    summary: "Moves from the base towards the parts' mean, the further the more they agree.")

  /// Whether every row of a matrix has an angle of its own rather than every tensor.
  package var rowWise = false

  package init() {}

  package func check(parts: Int) throws(MergeError) {
    guard parts >= 2 else { throw .tooFewParts(parts, method: Self.card.title, needed: 2) }
  }

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    let stretches = parts.tensors.flatMap { $0.stretches() }
    let found = try parallelMap(stretches.count) { index in
      let stretch = stretches[index]
      // Rows find their own.
      if rowWise, stretch.tensor.shape.count > 1 { return ChangeProducts(parts: parts.count) }
      return try parts.withValues(of: stretch) { ChangeProducts(of: $0) }
    }
    var sums: [String: ChangeProducts] = [:]
    for (stretch, product) in zip(stretches, found) {
      sums[stretch.tensor.name, default: ChangeProducts(parts: parts.count)].add(product)
    }
    return ModelStockRule(
      rows: rowWise
        ? Dictionary(
          uniqueKeysWithValues: parts.tensors.filter { $0.shape.count > 1 }
            .map { ($0.name, $0.columns) }) : [:],
      factors: sums.mapValues(\.ratio))
  }
}

/// Inner products of the parts' changes.
private struct ChangeProducts: Sendable {
  /// ⟨part i, part j⟩ for j ≥ i at `[i][j − i]`.
  private var products: [[Double]]

  init(parts: Int) { products = (0..<parts).map { [Double](repeating: 0, count: parts - $0) } }

  init(of parts: [UnsafeMutableBufferPointer<Float>]) {
    products = parts.indices.map { first in
      (first..<parts.count).map { second in
        innerProduct(UnsafeBufferPointer(parts[first]), UnsafeBufferPointer(parts[second]))
      }
    }
  }

  mutating func add(_ other: ChangeProducts) {
    for first in products.indices {
      for second in products[first].indices {
        products[first][second] += other.products[first][second]
      }
    }
  }

  /// How far to go from the base to the mean: *t* in the paper.
  var ratio: Double {
    var sum = 0.0
    for first in products.indices {
      for second in products[first].indices.dropFirst() {
        let lengths = (products[first][0] * products[first + second][0]).squareRoot()
        if lengths > 0 { sum += min(max(products[first][second] / lengths, -1), 1) }
      }
    }
    let count = Double(products.count)
    let cosine = sum / (count * (count - 1) / 2)
    let denominator = 1 + (count - 1) * cosine
    return abs(denominator) < 1e-6 ? 0 : count * cosine / denominator
  }
}

private struct ModelStockRule: MergeRule {
  /// Elements in a row of the tensors of which each row has a ratio of its own.
  let rows: [String: Int]
  /// Tensor name → ratio, where it is the tensor's.
  let factors: [String: Double]

  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    guard let columns = rows[tensor] else {
      return merge(parts, by: factors[tensor] ?? 0, into: result)
    }
    for first in stride(from: 0, to: result.count, by: columns) {
      let range = first..<first + columns
      let values = parts.map { UnsafeMutableBufferPointer(rebasing: $0[range]) }
      merge(
        values, by: ChangeProducts(of: values).ratio,
        into: UnsafeMutableBufferPointer(rebasing: result[range]))
    }
  }

  private func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], by ratio: Double,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    for index in result.indices {
      let sum = parts.reduce(0) { $0 + Double($1[index]) }
      result[index] = Float(ratio * sum / Double(parts.count))
    }
  }
}
