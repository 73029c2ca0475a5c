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

  @Test func slicesCoverTheBuffer() throws {
    let tensor = Tensor([10_001])
    try parallelSlices(of: tensor.elements, size: 100) { first, slice in
      for index in slice.indices { slice[index] += Float(first + index) }
    }
    #expect(tensor.values == (0..<10_001).map { Float($0) })
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
}
