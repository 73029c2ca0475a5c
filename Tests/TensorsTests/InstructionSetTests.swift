import Foundation
import Formats
import Tensors
import TestSupport
import Testing

/// One chain of fused multiply-adds an element, whatever the tile: a product's bits follow from its operands alone.
@Suite struct InstructionSetTests {
  private func random(_ count: Int, _ seed: UInt64) -> [Float] {
    var source = RandomSource(seed: seed)
    return (0..<count).map { _ in Float.random(in: -1..<1, using: &source) }
  }

  /// Element (i, j) of x · Wᵀ as the definition has it.
  private func chain(_ x: ArraySlice<Float>, _ w: ArraySlice<Float>, from start: Float = 0) -> Float
  {
    zip(x, w).reduce(start) { $0.addingProduct($1.0, $1.1) }
  }

  @Test(arguments: [
    (1, 1, 1), (1, 70, 33), (2, 40, 200), (3, 129, 193), (4, 33, 65), (5, 31, 384), (6, 64, 385),
    (7, 100, 17), (11, 96, 577), (12, 32, 192), (13, 47, 400), (25, 95, 64), (100, 15, 10),
  ])
  func packedProductsAreChains(_ rows: Int, _ columns: Int, _ depth: Int) throws {
    let (x, w) = (random(rows * depth, 1), random(columns * depth, 2))
    let product = try packedProduct(x, w, rows, columns, depth, .float32)
    for i in 0..<rows {
      for j in 0..<columns {
        let expected = chain(
          x[i * depth..<(i + 1) * depth], w[j * depth..<(j + 1) * depth])
        #expect(product[i * columns + j].bitPattern == expected.bitPattern, "\(i), \(j)")
      }
    }
  }

  /// alpha belongs to the left factors, and a chain starts from beta · c. Few columns or few rows have tiles of their own.
  @Test(
    arguments: [
      (false, false), (false, true), (true, false), (true, true),
    ], [(29, 290, 210), (45, 8, 400), (3, 16, 385), (20, 96, 512), (100, 13, 10), (17, 1, 9)])
  func plainProductsAreChains(_ transposes: (a: Bool, b: Bool), _ shape: (Int, Int, Int)) {
    let ((transposesA, transposesB), (m, n, k)) = (transposes, shape)
    let (a, b, c) = (random(m * k, 3), random(n * k, 4), random(m * n, 5))
    for (alpha, beta) in [(1, 0), (1, 1), (0.7, 0.3)] as [(Float, Float)] {
      func matrix(_ values: [Float], _ rows: Int, _ columns: Int, _ transposes: Bool) -> Matrix {
        guard transposes else { return Matrix(Tensor([rows, columns], values)) }
        let turned = (0..<rows * columns).map { values[$0 % rows * columns + $0 / rows] }
        return Matrix(Tensor([columns, rows], turned)).transposed
      }
      let turnedB = (0..<k * n).map { b[$0 % n * k + $0 / n] }
      let result = Tensor([m, n], c)
      CPUBackend().multiply(
        matrix(a, m, k, transposesA), matrix(turnedB, k, n, transposesB), into: Matrix(result),
        alpha: alpha, beta: beta)
      for i in stride(from: 0, to: m, by: 3) {
        for j in stride(from: 0, to: n, by: n < 20 ? 1 : 13) {
          let left = a[i * k..<(i + 1) * k].map { alpha * $0 }
          let start = beta == 0 ? 0 : beta * c[i * n + j]
          let expected = chain(left[...], b[j * k..<(j + 1) * k], from: start)
          #expect(result[i * n + j].bitPattern == expected.bitPattern, "\(i), \(j)")
        }
      }
    }
  }

  /// Against libm, whose errors are below one unit in the last place.
  @Test func functionsAreNearLibm() {
    var source = RandomSource(seed: 6)
    var worst: [String: Double] = [:]
    func note(_ name: String, _ ours: Double, _ theirs: Double) {
      guard ours != theirs else { return }
      worst[name] = max(worst[name] ?? 0, abs(ours - theirs) / max(abs(theirs), 1e-300))
    }
    for index in 0..<20_000 {
      let u = Double.random(in: -1..<1, using: &source)
      note("exp", PortableMath.exp(u * 700), exp(u * 700))
      note("log", PortableMath.log(exp(u * 600)), log(exp(u * 600)))
      note("log near 1", PortableMath.log(1 + u / 100), log(1 + u / 100))
      note("log1p", PortableMath.log1p(u * 1e-3), log1p(u * 1e-3))
      note("tanh", PortableMath.tanh(u * Double(index % 20)), tanh(u * Double(index % 20)))
      note("erfc", PortableMath.erfc(u * 20), erfc(u * 20))
      note("power", PortableMath.power(1.5 + u, 7 * u), pow(1.5 + u, 7 * u))
      let angle = u * 1e5
      #expect(abs(PortableMath.sin(angle) - sin(angle)) < 4e-16)
      #expect(abs(PortableMath.cos(angle) - cos(angle)) < 4e-16)
      #expect(abs(PortableMath.acos(u) - acos(u)) < 2e-15)
      #expect(abs(PortableMath.asin(u) - asin(u)) < 2e-15)
      note(
        "log n!", PortableMath.logFactorial(index + 2), lgamma(Double(index + 3)))
    }
    let bounds = ["erfc": 2e-13, "power": 5e-15, "log n!": 1e-13]
    for (name, error) in worst { #expect(error < bounds[name] ?? 1e-15, "\(name): \(error)") }
    #expect(PortableMath.exp(1000) == .infinity && PortableMath.exp(-1000) == 0)
    #expect(PortableMath.log(0) == -.infinity && PortableMath.log(-1).isNaN)
    #expect(PortableMath.exp(.nan).isNaN && PortableMath.sin(.infinity).isNaN)
    #expect(PortableMath.acos(-1) == .pi && PortableMath.acos(1) == 0)
    for x in [1e-8, 0.5, 1, 1.5, 2, 2.5, 19.5, 20, 300.5] {
      let error = abs(PortableMath.logGamma(x) - lgamma(x))
      #expect(error < 1e-13 * max(1, abs(lgamma(x))), "log Γ(\(x)): \(error)")
    }
  }
}
