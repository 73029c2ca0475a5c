import Foundation
import Tensors
import TestSupport
import Testing

@testable import Spunge

@Suite struct SLERPTests {
  @Test func changesGoAlongTheArc() throws {
    let quarter = try mergedDelta([[2, 0], [0, 2]], slerp(0.25, .changes))
    expectClose(
      quarter, [Float(2 * cos(Double.pi / 8)), Float(2 * sin(Double.pi / 8))], absolute: 1e-6)
    for (position, expected) in [(0.0, [2, 0] as [Float]), (1, [0, 2])] {
      expectClose(
        try mergedDelta([[2, 0], [0, 2]], slerp(position, .changes)), expected, absolute: 1e-6)
    }
  }

  /// Models 60 degrees apart: (1, 0) and (1/2, √3/2); the middle is 30 degrees up.
  @Test func modelsGoAlongTheArc() throws {
    let base = TestCheckpoint([0.5, 0.25])
    let root = Float(3).squareRoot() / 2
    let deltas = parts([[0.5, -0.25], [0, root - 0.25]])
    let merged = try CheckpointMerger(base: base, method: slerp(0.5, .models)).merge(deltas)
    expectClose(try merged.tensor("w").values, [root, 0.5], absolute: 1e-6)
  }

  @Test func nearlyParallelIsLinear() throws {
    let merged = try mergedDelta([[1, 0.01], [3, 0.03]], slerp(0.25, .changes))
    expectClose(merged, [1.5, 0.015], absolute: 1e-6)
    let opposite = try mergedDelta([[1, 1], [-1, -1]], slerp(0.25, .changes))
    expectClose(opposite, [0.5, 0.5], absolute: 1e-6)
  }

  @Test(arguments: ["position=-0.1", "position=1.5", "position=.nan"])
  func settingsThatMakeNoSense(setting: String) throws {
    #expect(throws: SettingsError.self) { try SLERP(assignments: [setting]) }
  }
}
