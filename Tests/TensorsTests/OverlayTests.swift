import Tensors
import Testing

@Suite struct OverlayTests {
  let base = MemoryCheckpoint([("a", [2], [1, 2]), ("b", [2, 2], [3, 4, 5, 6])])

  @Test func changedTensorsHideTheBase() throws {
    let overlay = try OverlayCheckpoint(
      base: base, changed: MemoryCheckpoint([("b", [2, 2], [30, 40, 50, 60])]))
    #expect(overlay.tensors.map(\.name) == ["a", "b"])
    #expect(overlay.changedNames == ["b"])
    #expect(try overlay.tensor("a").values == [1, 2])
    #expect(try overlay.tensor("b").values == [30, 40, 50, 60])
    let row = Tensor([2])
    try overlay.read("b", rows: 1..<2, into: row.elements)
    #expect(row.values == [50, 60])
    #expect(overlay.description(of: "c") == nil)
    #expect(throws: CheckpointError.self) { try overlay.tensor("c") }
  }

  @Test func allMisfitsAreReportedTogether() {
    let changed = MemoryCheckpoint([("b", [4], [0, 0, 0, 0]), ("x", [1], [0])])
    let error = #expect(throws: OverlayError.self) {
      try OverlayCheckpoint(base: base, changed: changed)
    }
    #expect(
      error?.problems == [.shape("b", base: [2, 2], changed: [4]), .notInBase("x")])
  }
}
