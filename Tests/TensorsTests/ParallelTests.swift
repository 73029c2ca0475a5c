import Foundation
import Synchronization
import Tensors
import Testing

@Suite struct ParallelTests {
  private struct Failure: Error, Equatable { var item: Int }

  @Test(arguments: [0, 1, 2, 1000])
  func everyItemCountsOnce(count: Int) throws {
    let states = try parallelAccumulate(count, { 0 }) { sum, item in sum += item + 1 }
    #expect(!states.isEmpty)
    #expect(states.reduce(0, +) == count * (count + 1) / 2)
    #expect(try parallelMap(count) { $0 * $0 } == (0..<count).map { $0 * $0 })
  }

  /// Whatever thread is first, the lowest failing item is reported.
  @Test func theLowestErrorIsThrown() {
    for _ in 0..<20 {
      #expect(throws: Failure(item: 37)) {
        try parallelMap(1000) { item in
          if item >= 37, item % 2 == 1 { throw Failure(item: item) }
        }
      }
    }
  }

  /// Calls from several threads at once, and from inside one another, all do all of their items, once each.
  @Test func callsMayMeet() {
    let (outer, inner) = (40, 300)
    let counts = (0..<4).map { _ in Counts(outer * inner) }
    DispatchQueue.concurrentPerform(iterations: counts.count) { caller in
      for _ in 0..<25 {
        parallelFor(outer) { first in
          parallelFor(inner) { second in counts[caller].add(first * inner + second) }
        }
      }
    }
    for count in counts { #expect(count.values.allSatisfy { $0 == 25 }) }
  }

  /// A thread that slept since the last call is woken; one more than before is started.
  @Test func threadsSleepAndWake() {
    let threads = ThreadCount.current
    defer { ThreadCount.set(threads) }
    for count in [2, 5, 3] {
      ThreadCount.set(count)
      let counts = Counts(64)
      for _ in 0..<20 {
        Thread.sleep(forTimeInterval: 0.001)
        parallelFor(64) { counts.add($0) }
      }
      #expect(counts.values.allSatisfy { $0 == 20 })
    }
  }

  private final class Counts: Sendable {
    private let counts: Mutex<[Int]>
    init(_ count: Int) { counts = Mutex([Int](repeating: 0, count: count)) }
    func add(_ index: Int) { counts.withLock { $0[index] += 1 } }
    var values: [Int] { counts.withLock { $0 } }
  }
}
