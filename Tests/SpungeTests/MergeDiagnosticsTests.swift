import Tensors
import TestSupport
import Testing

@testable import Spunge

@Suite struct MergeDiagnosticsTests {
  private let down = "model.layers.11.mlp.down_proj.weight"

  private func diagnostics(_ method: any MergeMethod) throws -> MergeDiagnostics {
    let base = TestCheckpoint([
      (down, [2, 3], [Float](repeating: 0, count: 6)), ("model.norm.weight", [2], [1, 1]),
    ])
    let first = TestCheckpoint([
      (down, [2, 3], [3, 0, -1, 0.5, 0, 0]), ("model.norm.weight", [2], [1, 0]),
    ])
    let second = TestCheckpoint([(down, [2, 3], [4, 0, 2, -0.25, 0, 1])])
    return try CheckpointMerger(base: base, method: method).diagnostics([
      .init(name: "one", checkpoint: first), .init(name: "two, too", checkpoint: second),
    ])
  }

  /// Worked by hand.
  @Test func everyTensorHasARow() throws {
    let result = try diagnostics(Average())
    #expect(result.method == "average" && result.parts == ["one", "two, too"])
    #expect(result.rows.map(\.tensor) == ["model.norm.weight", down])
    let row = result.rows[1]
    #expect(row.block == 11 && row.module == "mlp.down_proj.weight" && row.elements == 6)
    let lengths = [10.25, 21.0625].map { $0.squareRoot() }
    expectClose(row.norms[0], lengths[0], absolute: 1e-12)
    expectClose(row.norms[1], lengths[1], absolute: 1e-12)
    expectClose(
      try #require(row.cosine(1, 0)), (12 - 2 - 0.125) / (lengths[0] * lengths[1]),
      absolute: 1e-12)
    let merged = [3.5, 0, 0.5, 0.125, 0, 0.5]
    expectClose(
      row.mergedNorm, merged.reduce(0) { $0 + $1 * $1 }.squareRoot(), absolute: 1e-12)
    expectClose(row.conflicts, 2.0 / 6, absolute: 1e-12)
    #expect(row.conflictsLeft == row.conflicts && row.trimmed == [0, 0])
    let norm = result.rows[0]
    #expect(norm.block == nil && norm.module == "model.norm.weight" && norm.norms == [1, 0])
    #expect(norm.trimmed == [0, nil] && norm.cosine(0, 1) == nil && norm.cosine(1, 1) == 1)
  }

  /// Half of six entries stay: 3, −1, 0.5 and 4, 2, 1 of three and four that changed.
  @Test func trimmingShows() throws {
    let row = try diagnostics(ties(density: 0.5, .peft)).rows[1]
    expectClose(try #require(row.trimmed[0]), 0, absolute: 1e-12)
    expectClose(try #require(row.trimmed[1]), 0.25, absolute: 1e-12)
    expectClose(row.conflicts, 2.0 / 6, absolute: 1e-12)
    expectClose(row.conflictsLeft, 1.0 / 6, absolute: 1e-12)
  }

  @Test(
    arguments: [
      ("model.layers.3.self_attn.q_proj.weight", 3, "self_attn.q_proj.weight"),
      ("model.embed_tokens.weight", nil, "model.embed_tokens.weight"), ("w.7", nil, "w.7"),
    ] as [(String, Int?, String)])
  func places(name: String, block: Int?, module: String) {
    let place = placeOfTensor(name)
    #expect(place.block == block && place.module == module)
  }
}
