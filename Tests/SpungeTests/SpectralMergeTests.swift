import Foundation
import Tensors
import TestSupport
import Testing

@testable import Spunge

@Suite struct SpectralMergeTests {
  static let methods: [any MergeMethod] = MergeTests.spectral + [knots(density: 0.5)]

  private static func knots(density: Double) -> KnOTS {
    var method = KnOTS()
    method.density = density
    return method
  }

  /// One part is on the first axes with strength 3, the other on the second with strength 1.
  @Test func axesByHand() throws {
    let parts: [[Float]] = [[3, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0]]
    func merged(_ method: any MergeMethod) throws -> [Float] {
      try mergedDelta(parts, shape: [3, 2], method)
    }
    expectClose(try merged(IsoC()), [2, 0, 0, 2, 0, 0], absolute: 1e-6)
    expectClose(try merged(TSVM()), [3, 0, 0, 1, 0, 0], absolute: 1e-6)
    expectClose(try merged(KnOTS()), [3, 0, 0, 1, 0, 0], absolute: 1e-6)
    var isotropic = IsoCTS()
    expectClose(try merged(isotropic), [2, 0, 0, 2, 0, 0], absolute: 1e-6)
    // One direction a part and none in common.
    isotropic.commonFraction = 0
    expectClose(try merged(isotropic), [2, 0, 0, 2, 0, 0], absolute: 1e-6)
  }

  /// Parts that are one and the same: whatever is done to directions keeps the part's own.
  @Test func equalParts() throws {
    let part = randomVectors(1, count: 35, seed: 5)[0]
    for method in [TSVM(), KnOTS()] as [any MergeMethod] {
      expectClose(try mergedDelta([part], shape: [7, 5], method), part, absolute: 1e-6)
    }
    expectClose(try mergedDelta([part, part], shape: [7, 5], KnOTS()), part, absolute: 1e-6)
    // Two of one direction share it.
    var single: [Float] = []
    for row in 1...7 { for column in -2...2 { single.append(Float(row * column) / 8) } }
    expectClose(try mergedDelta([single, single], shape: [7, 5], TSVM()), single, absolute: 1e-5)
  }

  /// Strengths are one, and their sum is that of the sum's singular values.
  @Test(arguments: [(6, 4), (4, 6), (5, 5), (1, 7), (7, 1)])
  func isotropicStrengths(rows: Int, columns: Int) throws {
    let parts = randomVectors(2, count: rows * columns, seed: 9)
    let sum = DoubleMatrix(rows, columns, zip(parts[0], parts[1]).map { Double($0) + Double($1) })
    let before = SingularValues(of: sum, tolerance: 1e-9).values
    let merged = try mergedDelta(parts, shape: [rows, columns], IsoC())
    let after = SingularValues(
      of: DoubleMatrix(rows, columns, merged.map(Double.init)), tolerance: 1e-3
    ).values
    #expect(after.count == min(rows, columns))
    let mean = before.reduce(0, +) / Double(before.count)
    for value in after { expectClose(value, mean, absolute: 1e-5) }
  }

  @Test(arguments: methods)
  func orderOfPartsDoesNotMatter(method: any MergeMethod) throws {
    let parts = randomVectors(3, count: 120, seed: 3)
    let merged = try mergedDelta(parts, shape: [12, 10], method)
    for order in [[2, 0, 1], [1, 0, 2]] {
      expectClose(
        try mergedDelta(order.map { parts[$0] }, shape: [12, 10], method), merged,
        absolute: 1e-5)
    }
  }

  /// A matrix and its transpose are the same directions; KnOTS looks at outputs only.
  @Test(arguments: [TSVM(), IsoC(), IsoCTS()] as [any MergeMethod])
  func transposesMergeToTransposes(method: any MergeMethod) throws {
    let parts = randomVectors(2, count: 84, seed: 13)
    func turned(_ values: [Float], _ rows: Int) -> [Float] {
      (0..<84).map { values[$0 % rows * (84 / rows) + $0 / rows] }
    }
    let merged = try mergedDelta(parts, shape: [12, 7], method)
    let other = try mergedDelta(parts.map { turned($0, 12) }, shape: [7, 12], method)
    // Iso-CTS projects outputs only, so that its own directions differ.
    guard !(method is IsoCTS) else { return #expect(turned(other, 7) != merged) }
    expectClose(turned(other, 7), merged, absolute: 1e-5)
  }

  /// Rounding to float32 is no direction: a product of low rank, stored dense, merges as the product.
  @Test(arguments: methods)
  func roundingIsNoDirection(method: any MergeMethod) throws {
    let (rows, columns, rank) = (40, 30, 2)
    let factors = randomVectors(6, count: max(rows, columns) * rank, seed: 21)
    let exact = (0..<3).map { part in
      // With few bits each, products are exact.
      func few(_ x: Float) -> Float { (x * 64).rounded() / 64 }
      return (0..<rows * columns).map { index in
        (0..<rank).reduce(Float(0)) { sum, r in
          sum + few(factors[2 * part][index / columns * rank + r])
            * few(factors[2 * part + 1][index % columns * rank + r])
        }
      }
    }
    let rounded = exact.map { $0.map { $0 * 1.1 / 1.1 } }
    #expect(rounded != exact)
    expectClose(
      try mergedDelta(rounded, shape: [rows, columns], method),
      try mergedDelta(exact, shape: [rows, columns], method), absolute: 2e-5)
  }

  /// No number of threads and no reading in pieces changes a bit.
  @Test(arguments: methods)
  func piecesAreTheWhole(method: any MergeMethod) throws {
    let shape = [90, 70]
    let vectors = randomVectors(2, count: 6300, seed: 31)
    let base = TestCheckpoint([("w", shape, [Float](repeating: 0, count: 6300))])
    let deltas = vectors.enumerated().map {
      ParameterDelta(name: "\($0)", checkpoint: TestCheckpoint([("w", shape, $1)]))
    }
    let merged = try CheckpointMerger(base: base, method: method).delta(deltas).checkpoint
    let whole = try merged.tensor("w").values
    let some = Tensor([3, 70])
    try merged.read("w", rows: 40..<43, into: some.elements)
    #expect(some.values == Array(whole[2800..<3010]))
    // Inside of a parallel loop, products run on one thread.
    let alone = try parallelMap(2) { _ in
      try CheckpointMerger(base: base, method: method).delta(deltas).checkpoint.tensor("w").values
    }
    #expect(alone == [whole, whole])
  }

  @Test(arguments: methods)
  func matricesThatAreNotFinite(method: any MergeMethod) throws {
    var vectors = randomVectors(2, count: 12, seed: 7)
    vectors[1][7] = .infinity
    let error = #expect(throws: MergeError.self) {
      try mergedDelta(vectors, shape: [3, 4], method)
    }
    #expect(error?.description.contains("part 'part1': element 7 of tensor 'w'") == true)
  }

  /// Zeros, one part of several that changes nothing, a tensor that one part lacks, no elements at all.
  @Test(arguments: methods)
  func littleToMerge(method: any MergeMethod) throws {
    let part = randomVectors(1, count: 12, seed: 7)[0]
    let zero = [Float](repeating: 0, count: 12)
    #expect(try mergedDelta([zero, zero], shape: [3, 4], method) == zero)
    let merged = try mergedDelta([part, zero], shape: [3, 4], method)
    #expect(merged.allSatisfy(\.isFinite) && merged != zero)
    let base = TestCheckpoint([("w", [3, 4], zero), ("v", [2], [0, 0]), ("e", [0, 4], [])])
    let first = ParameterDelta(
      name: "0", checkpoint: TestCheckpoint([("w", [3, 4], part), ("e", [0, 4], [])]))
    let second = ParameterDelta(name: "1", checkpoint: TestCheckpoint([("v", [2], [1, 2])]))
    let delta = try CheckpointMerger(base: base, method: method).delta([first, second]).checkpoint
    #expect(try delta.tensor("w").values == merged)
    #expect(try delta.tensor("v").values.allSatisfy { $0 > 0 })
    #expect(try delta.tensor("e").values.isEmpty)
  }

  /// Tensors are made again when they have been forgotten, and then are the same.
  @Test func manyTensorsInAnyOrder() throws {
    let names = (0..<20).map { "w\($0)" }
    let vectors = randomVectors(20, count: 12, seed: 17)
    let zeros = names.map { (name: $0, shape: [3, 4], values: [Float](repeating: 0, count: 12)) }
    let part = zip(names, vectors).map { (name: $0, shape: [3, 4], values: $1) }
    let merged = try CheckpointMerger(base: TestCheckpoint(zeros), method: IsoC())
      .delta([ParameterDelta(name: "p", checkpoint: TestCheckpoint(part))]).checkpoint
    let forward = try names.map { try merged.tensor($0).values }
    let backward = try names.reversed().map { try merged.tensor($0).values }
    #expect(forward == backward.reversed())
    #expect(Set(forward).count == 20)
  }

  @Test(arguments: ["knots", "tsv_m", "iso_c", "iso_cts"])
  func settingsThatMakeNoSense(name: String) throws {
    for setting in ["tolerance=0", "tolerance=1", "scale=.nan"] {
      #expect(throws: SettingsError.self) { try mergeMethods.method(name, assignments: [setting]) }
    }
    #expect(throws: SettingsError.self) {
      try mergeMethods.method("iso_cts", assignments: ["commonFraction=1.1"])
    }
  }
}
