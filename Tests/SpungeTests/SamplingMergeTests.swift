import Tensors
import TestSupport
import Testing

@testable import Spunge

@Suite struct SamplingMergeTests {
  /// One row of 1, 2, … n of both signs.
  private func row(_ count: Int) -> [Float] {
    (0..<count).map { Float($0 + 1) * ($0 % 2 == 0 ? 1 : -1) }
  }

  /// Over many seeds every entry is kept as often as its rank says, within four standard deviations.
  @Test func dellaKeepsByRank() throws {
    let (count, seeds) = (10, 2000)
    var kept = [Int](repeating: 0, count: count)
    var method = DELLA()
    (method.density, method.epsilon, method.rescale) = (0.4, 0.3, false)
    for seed in 0..<seeds {
      method.seed = seed
      let merged = try mergedDelta([row(count)], shape: [1, count], method)
      for (index, value) in merged.enumerated() {
        #expect(value == 0 || value == row(count)[index])
        if value != 0 { kept[index] += 1 }
      }
    }
    for (index, kept) in kept.enumerated() {
      let chance = 0.1 + 0.6 * Double(index) / Double(count - 1)
      let deviation = (chance * (1 - chance) / Double(seeds)).squareRoot()
      expectClose(Double(kept) / Double(seeds), chance, absolute: 4 * deviation, "\(index)")
    }
  }

  /// A tensor's sum of magnitudes is what it was, unless nothing is left.
  @Test(arguments: [[30], [5, 6], [30, 1]])
  func dellaRestoresTheSumOfMagnitudes(shape: [Int]) throws {
    let merged = try mergedDelta([row(30)], shape: shape, della(density: 0.5))
    #expect(merged.contains(0))
    expectClose(merged.reduce(0) { $0 + Double(abs($1)) }, 465, absolute: 1e-3)
  }

  /// Rows that are read alone are the same rows, of vectors too.
  @Test(arguments: [[40], [8, 5]])
  func dellaDropsTheSameInPieces(shape: [Int]) throws {
    let base = TestCheckpoint([("w", shape, [Float](repeating: 0, count: 40))])
    let part = ParameterDelta(name: "p", checkpoint: TestCheckpoint([("w", shape, row(40))]))
    let merged = try CheckpointMerger(base: base, method: della(density: 0.5)).delta([part])
      .checkpoint
    let whole = try merged.tensor("w").values
    let columns = 40 / shape[0]
    for first in [3, 0] {
      var some = [Float](repeating: 0, count: 2 * columns)
      try some.withUnsafeMutableBufferPointer {
        try merged.read("w", rows: first..<first + 2, into: $0)
      }
      #expect(some == Array(whole[first * columns..<(first + 2) * columns]))
    }
    #expect(whole.contains(0))
  }

  @Test(arguments: [
    "density=0.1", "density=0.9", "density=0", "epsilon=0.6", "density=.nan", "weights=[.inf]",
  ])
  func dellaRefuses(setting: String) throws {
    let error = try #require(throws: SettingsError.self) {
      try mergeMethods.method("della", assignments: [setting])
    }
    #expect(error.description.contains("it must be"), "\(error)")
  }

  /// Worked by hand: of ten, one is too large, three are kept.
  @Test func breadcrumbsDropBothEnds() throws {
    var method = Breadcrumbs()
    (method.density, method.gamma) = (0.3, 0.1)
    #expect(try mergedDelta([row(10)], method) == [0, 0, 0, 0, 0, 0, 7, -8, 9, 0])
    // There is no room for the largest to go.
    (method.density, method.gamma) = (0.9, 0.5)
    #expect(try mergedDelta([row(10)], method) == row(9) + [0])
    // Of equal magnitudes the first is the largest.
    (method.density, method.gamma) = (0.5, 0.25)
    #expect(try mergedDelta([[2, -2, 2, 2]], method) == [0, -2, 2, 0])
    // Too few entries for one to be kept.
    (method.density, method.gamma) = (0.3, 0.1)
    #expect(try mergedDelta([[1, 2, 3]], method) == [0, 0, 0])
  }

  /// Worked by hand: right angles stay at the base, 60 degrees go two thirds of the way.
  @Test func modelStockGoesByTheAngle() throws {
    #expect(try mergedDelta([[1, 0], [0, 1]], ModelStock()) == [0, 0])
    let root = Float(3).squareRoot() / 2
    expectClose(
      try mergedDelta([[1, 0], [0.5, root]], ModelStock()), [0.5, root / 3], absolute: 1e-6)
    // Opposite changes: the formula has no value, and the base stays.
    #expect(try mergedDelta([[1, 2], [-1, -2]], ModelStock()) == [0, 0])
    // The scale does not matter, nor does a part that changes nothing.
    expectClose(
      try mergedDelta([[1e-6, 0], [0.5e-6, root * 1e-6]], ModelStock()),
      [0.5e-6, root / 3 * 1e-6], absolute: 1e-12)
    #expect(try mergedDelta([[1, 2], [0, 0]], ModelStock()) == [0, 0])
    let rows = try mergedDelta(
      [[1, 0, 1, 0], [0, 1, 1, 0]], shape: [2, 2], modelStock(rowWise: true))
    #expect(rows == [0, 0, 1, 0])
  }

  /// Worked by hand: 1 and 4 vary, the second part weighs 25 ∕ 26 of what is kept.
  @Test func sceSelectsWeighsAndErases() throws {
    let parts: [[Float]] = [[1, 1, 1, 0], [1, -3, 1.5, 4]]
    var method = SCE()
    method.selection = 0.7
    // Two of the three that differ stay; weights 1 and 25 of 26.
    expectClose(try mergedDelta(parts, method), [0, -3, 0, 4], absolute: 1e-6)
    expectClose(
      try mergedDelta(parts, SCE()),
      [1, -3, Float((3 + 28.25 * 1.5) / 31.25), 4], absolute: 1e-6)
    #expect(try mergedDelta([parts[0], parts[0]], method) == [0, 0, 0, 0])
  }
}
