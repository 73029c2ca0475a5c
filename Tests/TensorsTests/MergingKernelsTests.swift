import Tensors
import Testing

@Suite struct MergingKernelsTests {
  /// Against plain arithmetic, for lengths around the vectors' widths.
  @Test(arguments: [0, 1, 7, 16, 33, 1000])
  func agreeWithPlainLoops(count: Int) {
    var random = RandomSource(seed: UInt64(count))
    let x = Tensor([count])
    for index in 0..<count { x[index] = random.uniform() < 0.1 ? 0 : Float(random.uniform() - 0.5) }
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * count + 1) { memory in
      memory.initialize(repeating: 0.25)
      let arrays = (0..<4).map {
        UnsafeMutableBufferPointer(rebasing: memory[$0 * count..<($0 + 1) * count])
      }
      MergingKernels.add(x.elements, to: arrays[0])
      MergingKernels.addSigns(of: x.elements, to: arrays[1])
      for index in 0..<count { arrays[2][index] = index % 2 == 0 ? 1 : -1 }
      let elected = arrays[2].map { $0 }
      MergingKernels.addAgreeing(
        x.elements, elected: arrays[2], factor: 3, to: arrays[0], share: 2, to: arrays[3])
      var excess = 0
      for index in 0..<count {
        let value = Double(x[index])
        let agrees = value * elected[index] > 0
        #expect(arrays[0][index] == (0.25 + value) + (agrees ? 3 * value : 0))
        #expect(arrays[1][index] == 0.25 + (value > 0 ? 1 : value < 0 ? -1 : 0))
        #expect(arrays[3][index] == 0.25 + (agrees ? 2 : 0))
        excess += value > 0 ? 1 : value < 0 ? -1 : 0
      }
      for index in 0..<count { arrays[1][index] = Double(x[index]) }
      #expect(MergingKernels.excessOfPositives(arrays[1]) == excess)
    }
    let before = x.values
    #expect(MergingKernels.allFinite(UnsafeBufferPointer(x.elements)))
    MergingKernels.zero(x.elements, below: 0.2)
    #expect(x.values == before.map { abs($0) < 0.2 ? 0 : $0 })
    guard count > 0 else { return }
    for value in [Float.infinity, -.infinity, .nan] {
      x[count - 1] = value
      #expect(!MergingKernels.allFinite(UnsafeBufferPointer(x.elements)))
    }
  }
}
