import Tensors
import TestSupport
import Testing

@Suite struct LowRankTests {
  private static let name = "w"

  private func factors(out: Int, rank: Int, columns: Int) -> MemoryCheckpoint {
    var random = RandomSource(seed: 3)
    func values(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(2 * random.uniform() - 1) }
    }
    return MemoryCheckpoint([
      (name: "a", shape: [rank, columns], values: values(rank * columns)),
      (name: "b", shape: [out, rank], values: values(out * rank)),
    ])
  }

  private func product(_ factors: MemoryCheckpoint, scale: Double) throws -> LowRankCheckpoint {
    try LowRankCheckpoint(
      factors: factors, products: [.init(name: "w", down: "a", up: "b", scale: scale)])
  }

  @Test(arguments: [(1, 1, 1), (7, 3, 5), (9, 4, 16), (33, 16, 50), (4, 64, 130)])
  func multipliesFactors(out: Int, rank: Int, columns: Int) throws {
    let factors = factors(out: out, rank: rank, columns: columns)
    let checkpoint = try product(factors, scale: 0.75)
    #expect(checkpoint.tensors.map(\.shape) == [[out, columns]])
    let (a, b) = (try factors.tensor("a").values, try factors.tensor("b").values)
    let dense = try checkpoint.tensor("w").values
    for index in 0..<out * columns {
      let (row, column) = (index / columns, index % columns)
      let sum = (0..<rank).reduce(0.0) {
        $0 + Double(b[row * rank + $1]) * Double(a[$1 * columns + column])
      }
      expectClose(Double(dense[index]), 0.75 * sum, absolute: 1e-6, relative: 1e-6)
    }
    // A row has the same bits whatever is read with it.
    for first in 0..<out {
      let rows = first..<min(out, first + 1 + first % 6)
      let some = Tensor([rows.count, columns])
      try checkpoint.read("w", rows: rows, into: some.elements)
      #expect(some.values == Array(dense[first * columns..<rows.upperBound * columns]))
    }
  }

  @Test func factorsThatDoNotFit() throws {
    let factors = MemoryCheckpoint([
      (name: "a", shape: [2, 3], values: [Float](repeating: 1, count: 6)),
      (name: "b", shape: [4, 2], values: [Float](repeating: 1, count: 8)),
      (name: "v", shape: [2], values: [1, 1]),
    ])
    func error(_ down: String, _ up: String, scale: Double = 1) -> LowRankError? {
      do throws(LowRankError) {
        _ = try LowRankCheckpoint(
          factors: factors, products: [.init(name: "w", down: down, up: up, scale: scale)])
        return nil
      } catch { return error }
    }
    #expect(error("a", "b") == nil)
    #expect(error("a", "c") == .missing("c"))
    #expect(error("v", "b") == .notAMatrix("v", shape: [2]))
    #expect(error("a", "a") == .shapes("w", down: [2, 3], up: [2, 3]))
    #expect(error("a", "b", scale: .infinity) == .scale("w", .infinity))
    #expect(throws: LowRankError.twice("w")) {
      let product = LowRankFactors(name: "w", down: "a", up: "b", scale: 1)
      return try LowRankCheckpoint(factors: factors, products: [product, product])
    }
  }

  @Test func scaledCheckpoints() throws {
    let original = MemoryCheckpoint([(name: "w", shape: [2, 2], values: [1, -2, 3, 0.5])])
    let scaled = ScaledCheckpoint(original, by: -2)
    #expect(try scaled.tensor("w").values == [-2, 4, -6, -1])
    #expect(scaled.description(of: "w")?.shape == [2, 2])
  }
}
