import Tensors
import Testing

/// A pool hands out again what came back, and not what is in use.
@Suite struct TensorPoolTests {
  @Test func shorterBatchesUseTheMemoryOfLongerOnes() {
    let pool = TensorPool()
    var long: Tensor? = pool.tensor([1200, 1000])
    let address = long?.pointer
    long = nil
    let short = pool.tensor([1000, 1000])
    #expect(short.pointer == address)
    #expect(short.count == 1_000_000)
    let other = pool.tensor([1000, 1000])
    short.fill(1)
    other.fill(2)
    #expect(short.values.allSatisfy { $0 == 1 } && other.values.allSatisfy { $0 == 2 })
  }

  /// Large enough to be mapped, also where small memory was released for it.
  @Test(arguments: [1, 1 << 20, (1 << 20) + 1, 5 << 20])
  func growingBatchesAreZeroWhereAskedFor(_ count: Int) {
    let pool = TensorPool()
    for factor in 1...4 {
      let tensor = pool.zeros([count * factor])
      #expect(tensor.values.allSatisfy { $0 == 0 })
      tensor.fill(1)
    }
    #expect(Tensor([count]).values.allSatisfy { $0 == 0 })
  }
}
