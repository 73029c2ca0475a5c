import Foundation
import LanguageModels
import Spunge
import Tensors
import SpungeTestSupport
import TestSupport
import Testing

/// Splitters that ask a model, from the experiment file to the parts.
@Suite struct SplitPipelineTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func experiment(split: String, forget: String) throws -> Experiment {
    try folder.write("forget.jsonl", forget)
    return try TinyExperiment.read {
      $0.replacing("split:\n  method: by_attribute\n  settings: { attribute: domain }", with: split)
        .replacing(
          "\(Fixtures.path("tiny/corpora/forget.jsonl"))", with: "\(folder.path)/forget.jsonl"
        )
        .replacing("[base, monolithic, spunge]", with: "[spunge]")
        .replacing("baseline: base", with: "baseline: spunge")
    }
  }

  /// Part → its number of documents, after a whole run.
  private func parts(_ experiment: Experiment) throws -> [String: Double] {
    _ = try TinyExperiment.pipeline(experiment, folder.path).run()
    let manifest = try Manifest.read("\(folder.path)/results/manifest.json")
    return manifest.steps.reduce(into: [:]) { parts, step in
      guard step.name.hasPrefix("split / ") else { return }
      parts[String(step.name.dropFirst("split / ".count))] = step.figures["documents"]
    }
  }

  /// The fixture's classifier with another bias, as a folder.
  ///
  /// transformers gives `the kind` the logits 1.343, 0.667, −0.306, ` there we are` 1.292, 0.745, 0.035 and
  /// `the <mask> kind!` 1.394, 0.637, −0.394; with 0.65 on the second label the second text alone is `unkind`.
  private func classifier() throws -> String {
    let bias = "classifier.out_proj.bias"
    let path = "\(folder.path)/classifier"
    try FileManager.default.copyItem(atPath: Fixtures.path("mini-roberta"), toPath: path)
    for name in ["pytorch_model.bin", "legacy.bin", "odd.bin", "model.safetensors"] {
      try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
    let weights = try SafetensorsFile(path: Fixtures.path("mini-roberta/model.safetensors"))
    let changed = MemoryCheckpoint(
      try weights.tensors.map { description in
        let tensor = try weights.tensor(description.name)
        if description.name == bias { tensor[1] += 0.65 }
        return (description.name, tensor.shape, tensor.values)
      })
    try SafetensorsWriter.write(changed, to: "\(path)/model.safetensors") { _ in .float32 }
    return path
  }

  private let texts = ["the kind", " there we are", "the <mask> kind!", " there we are"]

  private func rows(_ texts: [String]) -> String {
    texts.map { "{\"text\": \"\($0)\"}\n" }.joined()
  }

  @Test func byLabelAsksTheClassifier() throws {
    let split = "split: { method: by_label, classifier: \(try classifier()) }"
    let experiment = try experiment(split: split, forget: rows(texts))
    #expect(try parts(experiment) == ["kind": 2, "unkind": 2])
    let manifest = try Manifest.read("\(folder.path)/results/manifest.json")
    #expect(manifest.inputs.contains { $0.role == "split classifier" })
    #expect(try experiment.yaml().contains("classifier: \(folder.path)/classifier"))
  }

  @Test func idsHaveNoLabel() throws {
    let split = "split: { method: by_label, classifier: \(try classifier()) }"
    let experiment = try experiment(split: split, forget: "{\"ids\": [1, 2, 3]}\n")
    let file = "\(folder.path)/forget.jsonl"
    #expect(throws: SplitError.notLabelled(file: file, line: 1)) { try parts(experiment) }
  }

  @Test func classifierIsNamedWhereItIsAsked() throws {
    for (split, message) in [
      ("split: { method: by_label }", "'split.classifier'"),
      (
        "split: { method: single, classifier: \(folder.path) }",
        "split method 'single' uses no classifier"
      ),
    ] {
      let error = #expect(throws: ExperimentError.self) {
        try experiment(split: split, forget: rows(texts))
      }
      #expect("\(error.map { "\($0)" } ?? "")".contains(message))
    }
  }

  /// Two kinds of documents that share no word fall apart.
  @Test func kMeansAsksTheModel() throws {
    let lamp = Array(repeating: "lamp oil wick lamp oil wick", count: 3)
    let bees = Array(repeating: "honey bees hive honey bees hive", count: 2)
    let experiment = try experiment(
      split: "split: { method: k_means, settings: { clusters: 2 } }", forget: rows(lamp + bees))
    #expect(Set(try parts(experiment).values) == [3, 2])
  }
}
