import Foundation
import Tensors
import TestSupport
import Testing

@testable import Spunge

@Suite struct DARETests {
  private static let count = 40_000

  private func ones(_ name: String = "w") -> TestCheckpoint {
    TestCheckpoint([(name, [200, 200], [Float](repeating: 1, count: Self.count))])
  }

  private func dropped(_ method: any MergeMethod, part: String = "p") throws -> [Float] {
    let delta = ParameterDelta(name: part, checkpoint: ones())
    return try CheckpointMerger(base: ones(), method: method).delta([delta])
      .checkpoint.tensor("w").values
  }

  /// The share that is kept lies within four standard deviations of the density, and the mean of
  /// what is left within four of what was there.
  @Test(arguments: [0.1, 0.5, 0.9])
  func keepRateAndExpectation(density: Double) throws {
    for method in [dare(density: density), dareTIES(density: density)] as [any MergeMethod] {
      let values = try dropped(method)
      let kept = values.filter { $0 != 0 }
      #expect(kept.allSatisfy { $0 == Float(1 / density) })
      let deviation = (density * (1 - density) / Double(Self.count)).squareRoot()
      expectClose(Double(kept.count) / Double(Self.count), density, absolute: 4 * deviation)
      let mean = values.reduce(0.0) { $0 + Double($1) } / Double(Self.count)
      expectClose(mean, 1, absolute: 4 * deviation / density)
    }
  }

  @Test func whatIsDroppedDependsOnSeedPartAndTensorOnly() throws {
    let method = dare(density: 0.5)
    let values = try dropped(method)
    #expect(try dropped(method) == values)
    #expect(try dropped(dare(density: 0.5, seed: 43)) != values)
    #expect(try dropped(method, part: "q") != values)
    // Rows that are read alone or in another order are the same rows.
    let parts = [ParameterDelta(name: "p", checkpoint: ones())]
    let merged = try CheckpointMerger(base: ones(), method: method).delta(parts).checkpoint
    for row in [150, 3] {
      let some = Tensor([1, 200])
      try merged.read("w", rows: row..<row + 1, into: some.elements)
      #expect(some.values == Array(values[row * 200..<(row + 1) * 200]))
    }
    // Two parts of one name do not lose the same entries.
    let twice = try CheckpointMerger(base: ones(), method: method).delta(parts + parts).checkpoint
    #expect(Set(try twice.tensor("w").values) == [0, 2, 4])
    // Neighbouring entries are dropped independently: both kept in a quarter of all pairs.
    let both = zip(values, values.dropFirst()).count { $0 != 0 && $1 != 0 }
    expectClose(Double(both) / Double(Self.count), 0.25, absolute: 0.012)
  }

  /// Given what was dropped, DARE is the weighted sum, or election and mean, of what is left.
  @Test func mergesWhatIsLeft() throws {
    let vectors = randomVectors(3, count: 2000, seed: 9)
    let masks = try (0..<3).map { part in
      let delta = parts(vectors)[part]
      return try CheckpointMerger(
        base: TestCheckpoint(vectors[0]), method: dare(density: 0.6)
      ).delta([delta]).checkpoint.tensor("w").values
    }
    let sum = try mergedDelta(vectors, dare(density: 0.6, weights: [1, -2, 0.5]))
    let mean = try mergedDelta(vectors, dareTIES(density: 0.6, weights: [1, 2, 0.5]))
    for index in 0..<2000 {
      let left = masks.map { Double($0[index]) }
      expectClose(Double(sum[index]), left[0] - 2 * left[1] + left[2] / 2, absolute: 1e-6)
      let sign: Double = left.reduce(0, +) >= 0 ? 1 : -1
      let agreeing = zip(left, [1, 2, 0.5]).filter { $0.0 * sign > 0 }
      let expected = agreeing.reduce(0) { $0 + $1.0 * $1.1 } / Double(max(agreeing.count, 1))
      expectClose(Double(mean[index]), expected, absolute: 1e-6)
    }
  }

  @Test(arguments: ["density=0", "density=1.1", "density=.nan", "scale=.inf", "weights=[.nan]"])
  func settingsThatMakeNoSense(setting: String) throws {
    #expect(throws: SettingsError.self) { try DARE(assignments: [setting]) }
    #expect(throws: SettingsError.self) { try DARETIES(assignments: [setting]) }
  }
}
