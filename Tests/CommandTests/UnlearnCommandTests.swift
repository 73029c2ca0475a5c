import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

/// `unlearn`, from forget files to a folder that opens as a model.
@Suite struct UnlearnCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func onlyTheTrainedMatricesChange() throws {
    for (name, first) in [("forget", 5), ("retain", 90)] {
      let rows = (0..<6).map { row in "{\"ids\": \((0..<12).map { first + 7 * row + $0 })}\n" }
      try folder.write("\(name).jsonl", rows.joined())
    }
    let model = Fixtures.path("goldens/tiny-llama")
    let run = try Tool(
      [
        "unlearn", "--method", "rmu", "--base", model, "--forget", "forget.jsonl", "--retain",
        "retain.jsonl", "--set", "layer=2", "--set", "trainedLayers=[1,2]", "--set",
        "alphas=[100]", "--set", "learningRate=0.001", "--output", "unlearned", "--log",
        "steps.jsonl",
      ], in: folder.path)
    try #require(run.status == 0, "\(run.errors)")
    let base = try ModelDirectory.open(model)
    let unlearned = try ModelDirectory.open("\(folder.path)/unlearned")
    let changed = try base.checkpoint.tensors.map(\.name).filter {
      try base.checkpoint.tensor($0).values != unlearned.checkpoint.tensor($0).values
    }
    #expect(
      Set(changed) == [
        "model.layers.1.mlp.down_proj.weight", "model.layers.2.mlp.down_proj.weight",
      ]
    )
    let log = try String(contentsOfFile: "\(folder.path)/steps.jsonl", encoding: .utf8)
    let steps = try log.split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
    try #require(steps.count > 1)
    // Before the first update both models are the same.
    expectClose(steps[0]["forgetCosine"] as? Double ?? .nan, 1, absolute: 1e-6)
    expectClose(steps[0]["retainLoss"] as? Double ?? .nan, 0, absolute: 1e-9)
    #expect((steps.last?["forgetCosine"] as? Double ?? 1) < 1)
    let plan = try Tool(
      [
        "unlearn", "--base", model, "--forget", "forget.jsonl", "--retain", "retain.jsonl",
        "--set", "layer=2", "--set", "trainedLayers=[1,2]", "--set", "alphas=[100]", "--output",
        "other", "--plan",
      ], in: folder.path)
    #expect(plan.status == 0 && plan.output.contains("tokens"), "\(plan)")
    #expect(try folder.names == ["forget.jsonl", "retain.jsonl", "steps.jsonl", "unlearned"])
  }
}
