import Foundation
import Formats
import Tensors
import TestSupport
import Testing

/// Products whose operands are rounded to bfloat16 and whose sums are float32, whichever way the processor makes them.
@Suite struct BFloat16ProductTests {
  private func random(_ count: Int, _ seed: UInt64) -> [Float] {
    var source = RandomSource(seed: seed)
    return (0..<count).map { _ in Float.random(in: -1..<1, using: &source) }
  }

  private func rounded(_ value: Float) -> Float {
    Float(bitPattern: UInt32(FloatConversion.narrowToBFloat16(value)) << 16)
  }

  private func matrix(_ values: [Float], _ rows: Int, _ columns: Int, _ transposes: Bool) -> Matrix
  {
    guard transposes else { return Matrix(Tensor([rows, columns], values)) }
    let turned = (0..<rows * columns).map { values[$0 % rows * columns + $0 / rows] }
    return Matrix(Tensor([columns, rows], turned)).transposed
  }

  private func product(
    _ a: [Float], _ b: [Float], _ c: [Float], _ m: Int, _ n: Int, _ k: Int,
    _ transposes: (a: Bool, b: Bool) = (false, false), alpha: Float = 1, beta: Float = 0
  ) -> [Float] {
    let result = Tensor([m, n], c)
    CPUBackend(products: .bfloat16).multiply(
      matrix(a, m, k, transposes.a), matrix(b, k, n, transposes.b), into: Matrix(result),
      alpha: alpha, beta: beta)
    return result.values
  }

  /// Against sums in double precision, or where no instruction adds pairs, chains of fused multiply-adds to the bit.
  @Test(arguments: [
    (1, 1, 1), (3, 33, 2), (12, 32, 384), (29, 290, 385), (97, 45, 771), (13, 600, 769),
    (45, 8, 400), (8, 16, 385),
  ])
  func areThoseOfRoundedOperands(_ m: Int, _ n: Int, _ k: Int) {
    let (a, b, c) = (random(m * k, 1), random(k * n, 2), random(m * n, 3))
    for (transposes, scales) in [
      ((false, false), (1, 0)), ((false, true), (1, 1)), ((true, false), (0.7, 0.3)),
      ((true, true), (1, 0)),
    ] as [((Bool, Bool), (Float, Float))] {
      let result = product(a, b, c, m, n, k, transposes, alpha: scales.0, beta: scales.1)
      for i in stride(from: 0, to: m, by: 5) {
        for j in stride(from: 0, to: n, by: n < 20 ? 3 : 11) {
          let start = scales.1 == 0 ? 0 : scales.1 * c[i * n + j]
          var (exact, size, chain) = (Double(start), abs(Double(start)), start)
          for e in 0..<k {
            let (x, y) = (rounded(scales.0 * a[i * k + e]), rounded(b[e * n + j]))
            exact += Double(x) * Double(y)
            size += abs(Double(x) * Double(y))
            chain = chain.addingProduct(x, y)
          }
          if BFloat16Products.current == .widened {
            #expect(result[i * n + j].bitPattern == chain.bitPattern, "\(i), \(j)")
          }
          expectClose(
            Double(result[i * n + j]), exact, absolute: 1e-6 * size + 1e-30, "\(i), \(j)")
        }
      }
    }
  }

  @Test(arguments: [(1, 5, 33), (2, 64, 400), (30, 600, 771), (100, 40, 1537)])
  func packedOnesToo(_ m: Int, _ n: Int, _ k: Int) throws {
    let (x, w) = (random(m * k, 6), random(n * k, 7))
    let result = try packedProduct(x, w, m, n, k, .bfloat16)
    for i in stride(from: 0, to: m, by: 3) {
      for j in stride(from: 0, to: n, by: 7) {
        let products = (0..<k).map {
          Double(rounded(x[i * k + $0])) * Double(rounded(w[j * k + $0]))
        }
        expectClose(
          Double(result[i * n + j]), products.reduce(0, +),
          absolute: 1e-6 * products.reduce(0) { $0 + abs($1) }, "\(i), \(j)")
      }
    }
  }

  /// A row's bits do not depend on the rows beside it.
  @Test func rowsAreIndependent() {
    let (m, n, k) = (40, 70, 400)
    let (a, b) = (random(m * k, 4), random(k * n, 5))
    let all = product(a, b, [Float](repeating: 0, count: m * n), m, n, k)
    for row in [0, 7, 24, 39] {
      let alone = product(
        Array(a[row * k..<(row + 1) * k]), b, [Float](repeating: 0, count: n), 1, n, k)
      #expect(alone.map(\.bitPattern) == all[row * n..<(row + 1) * n].map(\.bitPattern))
    }
  }

  @Test func nonFiniteNumbersStay() {
    let result = product([.infinity, 0, .nan, 1], [1, 1], [0, 0], 2, 1, 2)
    #expect(result[0] == .infinity && result[1].isNaN)
  }
}
