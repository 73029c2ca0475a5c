import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct SingularValuesTests {
  private func random(_ rows: Int, _ columns: Int, _ seed: UInt64) -> DoubleMatrix {
    var source = RandomSource(seed: seed)
    return DoubleMatrix(
      rows, columns, (0..<rows * columns).map { _ in 2 * source.uniform() - 1 })
  }

  private func worst(_ a: DoubleMatrix, _ b: DoubleMatrix) -> Double {
    #expect(a.rows == b.rows && a.columns == b.columns)
    return zip(a.elements, b.elements).map { abs($0 - $1) }.max() ?? 0
  }

  private func identity(_ size: Int) -> DoubleMatrix {
    var result = DoubleMatrix(size, size)
    for index in 0..<size { result[index, index] = 1 }
    return result
  }

  /// Against sums as they are defined, for extents around the kernels' tiles.
  @Test(arguments: [
    (1, 1, 1), (2, 3, 4), (5, 7, 15), (9, 17, 16), (13, 8, 33), (70, 70, 70), (3, 0, 2),
  ])
  func products(rows: Int, depth: Int, columns: Int) {
    let (a, b) = (random(rows, depth, 1), random(depth, columns, 2))
    var expected = DoubleMatrix(rows, columns)
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = 0.0
        for k in 0..<depth { sum += a[row, k] * b[k, column] }
        expected[row, column] = sum
      }
    }
    #expect(DoubleMatrix.product(a, b) == expected)
    #expect(worst(DoubleMatrix.rowProducts(a, b.transposed), expected) < 1e-13)
    var difference = expected
    difference.add(a, times: b, sign: -1)
    #expect(difference.elements.allSatisfy { abs($0) < 1e-13 })
    #expect(b.transposed.transposed == b)
  }

  @Test(arguments: [(1, 1), (2, 2), (3, 8), (8, 3), (31, 30), (40, 40), (33, 140), (150, 150)])
  func decomposition(rows: Int, columns: Int) {
    let matrix = random(rows, columns, 3)
    let found = SingularValues(of: matrix, tolerance: 1e-12)
    let rank = min(rows, columns)
    #expect(found.values.count == rank)
    #expect(found.values == found.values.sorted(by: >))
    #expect(worst(found.matrix(with: found.values), matrix) < 1e-13 * Double(rank + 10))
    for vectors in [found.left, found.right] {
      #expect(
        worst(DoubleMatrix.rowProducts(vectors, vectors), identity(rank)) < 1e-14
          * Double(rank + 10))
    }
  }

  /// Known singular values over twelve orders of magnitude, each as exact as the largest allows.
  @Test func gradedValues() {
    let (left, right) = (
      SingularValues(of: random(12, 30, 4), tolerance: 1e-12).right,
      SingularValues(of: random(12, 20, 5), tolerance: 1e-12).right
    )
    let values = (0..<12).map { pow(10, -Double($0)) }
    let matrix = DoubleMatrix.product(left.transposed, right.scalingRows(by: values))
    let found = SingularValues(of: matrix, tolerance: 1e-13).values
    #expect(found.count == 12)
    for (value, expected) in zip(found, values) {
      expectClose(value, expected, absolute: 1e-15, relative: 1e-13)
    }
    #expect(SingularValues(of: matrix, tolerance: 3e-6).values.count == 6)
  }

  /// Of equal rows, zero rows and equal singular values too the parts are orthonormal.
  @Test func rankDeficient() {
    let row = random(1, 9, 6)
    var matrix = DoubleMatrix(0, 9)
    for _ in 0..<4 { matrix.append(row) }
    matrix.append(DoubleMatrix(3, 9))
    let found = SingularValues(of: matrix, tolerance: 1e-9)
    #expect(found.values.count == 1)
    expectClose(found.values[0], 2 * row.length, absolute: 1e-13)
    #expect(worst(found.matrix(with: found.values), matrix) < 1e-14)
    #expect(SingularValues(of: DoubleMatrix(4, 6), tolerance: 1e-9).values.isEmpty)
    #expect(SingularValues(of: DoubleMatrix(0, 6), tolerance: 1e-9).right.columns == 6)
    #expect(SingularValues(of: identity(50), tolerance: 1e-9).polarFactor == identity(50))
  }

  /// A product of low rank in a large matrix costs what its rank does, and the basis is orthonormal.
  @Test func basisOfLowRank() {
    let matrix = DoubleMatrix.product(random(300, 5, 7), random(5, 200, 8))
    let (coordinates, basis) = OrthonormalRows.factors(of: matrix, cut: 1e-9)
    #expect(basis.rows == 5 && coordinates.columns == 5)
    #expect(worst(DoubleMatrix.rowProducts(basis, basis), identity(5)) < 1e-14)
    #expect(worst(DoubleMatrix.product(coordinates, basis), matrix) < 1e-12)
    let full = random(70, 50, 9)
    let whole = OrthonormalRows.factors(of: full, cut: 1e-9)
    #expect(whole.basis.rows == 50)
    #expect(worst(DoubleMatrix.rowProducts(whole.basis, whole.basis), identity(50)) < 1e-13)
    #expect(worst(DoubleMatrix.product(whole.coordinates, whole.basis), full) < 1e-13)
  }

  /// Rows that nearly depend on each other: what is left of them is orthogonal all the same.
  @Test func nearlyDependentRows() {
    var matrix = DoubleMatrix(0, 40)
    let (first, noise) = (random(1, 40, 10), random(30, 40, 11))
    for index in 0..<30 {
      var row = first
      for column in 0..<40 { row[0, column] += 1e-7 * noise[index, column] }
      matrix.append(row)
    }
    let (coordinates, basis) = OrthonormalRows.factors(of: matrix, cut: 1e-10)
    #expect(basis.rows == 30)
    #expect(worst(DoubleMatrix.rowProducts(basis, basis), identity(30)) < 1e-13)
    #expect(worst(DoubleMatrix.product(coordinates, basis), matrix) < 1e-14)
  }
}
