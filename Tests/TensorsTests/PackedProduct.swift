import Tensors

/// `x · Wᵀ`, `[m, n]`, by a packed matrix.
/// - Parameters:
///   - x: `[m, k]`.
///   - w: `[n, k]`.
func packedProduct(
  _ x: [Float], _ w: [Float], _ m: Int, _ n: Int, _ k: Int, _ type: ComputeType
) throws -> Tensor {
  let matrix = try PackedMatrix(rows: n, columns: k, computeType: type) {
    _ = $1.update(fromContentsOf: w[$0.lowerBound * k..<$0.upperBound * k])
  }
  let rows = Rows(capacity: m, columns: k, computeType: type)
  x.withUnsafeBufferPointer { x in
    for row in 0..<m { x.baseAddress.map { rows.set(row: row, from: $0 + row * k) } }
  }
  let product = Tensor([m, n])
  matrix.multiply(rows, rows: m, into: product.pointer)
  return product
}
