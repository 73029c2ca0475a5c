import TestSupport
import Testing

@testable import Spunge

@Suite struct NegMergeTests {
  /// Worked by hand: columns that agree in plus, in minus, that disagree, and that hold a zero.
  static let vectors: [[Float]] = [
    [1, -2, 3, 0, 0.5], [3, -4, -3, 2, 0.25], [2, -6, 3, 2, 0.75],
  ]

  @Test func keepsWhatAllPartsAgreeOn() throws {
    expectClose(
      try mergedDelta(Self.vectors, NegMerge()), [2, -4, 0, 0, 0.5], absolute: 1e-6)
    expectClose(
      try mergedDelta(Self.vectors, negMerge(density: 1, scale: 0.5)), [1, -2, 0, 0, 0.25],
      absolute: 1e-6)
  }

  /// With two of five entries kept, −2 and 3, −4 and −3, −6 and 3: only the second column agrees.
  @Test func trimmedEntriesAgreeWithNobody() throws {
    let merged = try mergedDelta(Self.vectors, negMerge(density: 0.4))
    expectClose(merged, [0, -4, 0, 0, 0], absolute: 1e-6)
  }

  @Test func negationCommutes() throws {
    let vectors = randomVectors(3, count: 500, seed: 7)
    let merged = try mergedDelta(vectors, NegMerge())
    #expect(merged.contains { $0 != 0 } && merged.contains(0))
    #expect(try mergedDelta(vectors.map { $0.map { -$0 } }, NegMerge()) == merged.map { -$0 })
  }
}
