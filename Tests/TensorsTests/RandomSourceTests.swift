import Testing

@testable import Tensors

@Suite struct RandomSourceTests {
  /// Computed with an independent implementation of SplitMix64 and xoshiro256**.
  @Test func numbersAreTheSameEverywhere() {
    var random = RandomSource(seed: 42)
    #expect(
      (0..<4).map { _ in random.next() } == [
        1_546_998_764_402_558_742, 6_990_951_692_964_543_102, 12_544_586_762_248_559_009,
        17_057_574_109_182_124_193,
      ])
    var child = RandomSource(seed: 42).child(named: "unlearn/women")
    #expect(
      (0..<2).map { _ in child.next() } == [1_554_466_845_916_679_166, 15_821_204_753_615_680_967])
  }

  @Test func childrenDoNotDependOnWhatWasDrawn() {
    let fresh = RandomSource(seed: 1)
    var used = fresh
    _ = used.next()
    var (a, b, c) = (fresh.child(named: "x"), used.child(named: "x"), fresh.child(named: "y"))
    let drawn = a.next()
    #expect(drawn == b.next())
    #expect(drawn != c.next())
  }

  @Test func uniformNumbersFillTheUnitInterval() {
    var random = RandomSource(seed: 3)
    let numbers = (0..<10_000).map { _ in random.uniform() }
    #expect(numbers.allSatisfy { 0 <= $0 && $0 < 1 })
    // Standard error of the mean is 0.0029.
    #expect(abs(numbers.reduce(0, +) / 10_000 - 0.5) < 0.015)
  }
}
