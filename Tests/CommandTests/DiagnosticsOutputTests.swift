import Spunge
import Tensors
import TestSupport
import Testing

@testable import spunge_eval

/// The file and the summary of `merge --diagnostics`.
@Suite struct DiagnosticsOutputTests {
  @Test func table() throws {
    func checkpoint(_ down: [Float], _ norm: [Float]?) -> MemoryCheckpoint {
      MemoryCheckpoint(
        [(name: "model.layers.11.mlp.down_proj.weight", shape: [2, 3], values: down)]
          + (norm.map { [(name: "model.norm.weight", shape: [2], values: $0)] } ?? []))
    }
    let merger = CheckpointMerger(
      base: checkpoint([0, 0, 0, 0, 0, 0], [1, 1]),
      method: try mergeMethods.method("average", assignments: []))
    let diagnostics = try merger.diagnostics([
      ParameterDelta(name: "one", checkpoint: checkpoint([3, 0, -1, 0.5, 0, 0], [1, 0])),
      ParameterDelta(name: "two, too", checkpoint: checkpoint([4, 0, 2, -0.25, 0, 1], nil)),
    ])
    let lines = DiagnosticsOutput.csv(diagnostics).split(separator: "\r\n")
    #expect(
      lines[0] == "tensor,block,module,elements,norm one,\"norm two, too\",merged_norm,conflicts,"
        + "conflicts_left,trimmed one,\"trimmed two, too\",\"cosine one | two, too\"")
    #expect(lines.count == 3)
    #expect(lines[1] == "model.norm.weight,,model.norm.weight,2,1.0,0.0,0.5,0.0,0.0,0.0,,")
    #expect(DiagnosticsOutput.summary(diagnostics).split(separator: "\n").count == 4)
  }
}
