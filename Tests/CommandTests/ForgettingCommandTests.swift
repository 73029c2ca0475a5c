import ArgumentParser
import Evaluation
import Formats
import PythonText
import Foundation
import Spunge
import Tensors
import TestSupport
import Testing

@testable import spunge_eval

/// `score` and `forgetting` as they are called, on a small model that has learnt invented rows in TOFU's columns: every
/// number against what transformers, rouge_score, scipy and scikit-learn make of the same model, which
/// `Tests/Scripts/tofu-reference.py` writes.
@Suite struct ForgettingCommandTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID())").path

  private func score(_ arguments: [String]) throws {
    let command = try Score.parse(
      [
        "--model", Fixtures.path("tofu/scholar"), "--work", "\(folder)/work", "--data",
        Fixtures.path("tofu/data"), "--tasks", "tofu01", "--include-path",
        Fixtures.path("../../tasks/harness"), "--gen-kwargs", "max_gen_toks=40", "--output",
        "\(folder)/scored", "--name", "scholar",
      ] + arguments)
    try command.run()
  }

  private func forgetting(_ arguments: [String]) throws {
    let command = try Forgetting.parse(["\(folder)/scored"] + arguments)
    try command.run()
  }

  private func metrics(_ path: String) throws -> Mapping {
    try #require(try JSON.read(path).mapping)
  }

  @Test(arguments: [("plain", []), ("chat", ["--apply-chat-template"])])
  func everyNumberIsTheReferences(name: String, arguments: [String]) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try score(arguments)
    try forgetting([
      "--reference", Fixtures.path("tofu/retain.json"), "--output", "\(folder)/out",
    ])
    let place = "\(folder)/out/scholar/tofu01"
    let ours = try metrics("\(place)/TOFU_EVAL.json")
    let theirs = try metrics(Fixtures.path("tofu/\(name).json"))
    #expect(theirs.count > 20)
    for (key, metric) in zip(theirs.keys, theirs.values) {
      let expected = try #require(metric.mapping)
      let own = try #require(ours[key]?.mapping, "\(key.text)")
      expectClose(
        own["agg_value"]?.doubleValue ?? .nan, expected["agg_value"]?.doubleValue ?? .nan,
        absolute: 2e-5, relative: 2e-5, "\(key.text)")
      let rows = expected["value_by_index"]?.mapping ?? Mapping()
      for (index, row) in zip(rows.keys, rows.values) {
        let fields = try #require(row.mapping)
        let ownFields = try #require(
          own["value_by_index"]?.mapping?[index]?.mapping, "\(key.text) \(index.text)")
        for (field, value) in zip(fields.keys, fields.values) {
          expectClose(
            ownFields[field]?.doubleValue ?? .nan, value.doubleValue ?? .nan, absolute: 2e-5,
            relative: 2e-5, "\(key.text) \(index.text) \(field.text)")
        }
      }
    }
    let summary = try metrics("\(place)/TOFU_SUMMARY.json")
    for (key, value) in zip(summary.keys, summary.values) {
      #expect(ours[key]?.mapping?["agg_value"] == value)
    }
    let table = try String(contentsOfFile: "\(folder)/out/table.md", encoding: .utf8)
    #expect(table.contains(#"forget\_quality"#) && table.contains(#"model\_utility"#))
  }

  /// A run shows the same numbers in its tables, of every variant.
  @Test func runsHaveThemInTheirTables() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let root = Fixtures.path("../..")
    let text = try String(contentsOfFile: "\(root)/tasks/experiments/tiny.yaml", encoding: .utf8)
      .replacing("Tests/Fixtures/goldens/tiny-llama", with: "Tests/Fixtures/tofu/scholar")
      .replacing("[base, monolithic, spunge]", with: "[base, monolithic]")
      .replacing("tasks: [arc_easy]", with: "tasks: [tofu01]")
      .replacing(
        "baseline: base", with: "baseline: base\n  reference: Tests/Fixtures/tofu/retain.json"
      )
      .replacing("Tests/Fixtures", with: Fixtures.folder.path)
    let index = try TaskIndex(folder: "\(root)/tasks/harness")
    let experiment = try Experiment(
      ExperimentFile(path: "tiny.yaml", text: text), variables: [:],
      vocabulary: .init(tasks: index.names + index.names(.group), formats: ["markdown"]))
    let outcome = try SpungePipeline(
      experiment, tasks: index,
      paths: .init(
        data: Fixtures.path("tofu/data"), results: "\(folder)/results", work: "\(folder)/work"),
      context: RunContext(
        random: RandomSource(seed: 1), digests: FileDigests(work: "\(folder)/work"),
        progress: SilentProgress())
    ).outcome()
    let quality = outcome.scores.filter { $0.metric == "forget_quality" }
    #expect(quality.count == 2)
    // The model that learnt the rows is not the one that never saw them.
    expectClose(quality[0].value ?? .nan, 1.0 / 126, absolute: 1e-12)
    let theirs = try metrics(Fixtures.path("tofu/plain.json"))
    let utility = outcome.scores.first { $0.metric == "model_utility" }
    expectClose(
      utility?.value ?? .nan,
      theirs["model_utility"]?.mapping?["agg_value"]?.doubleValue ?? .nan, absolute: 1e-4)
  }

  @Test func namesWhatIsMissing() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try score(["--limit", "2"])
    // Without a reference the rest is there.
    let tool = try Tool(
      ["forgetting", "\(folder)/scored", "--output", "\(folder)/out"], in: folder)
    #expect(tool.status == 0, "\(tool.errors)")
    let own = try metrics("\(folder)/out/scholar/tofu01/TOFU_EVAL.json")
    #expect(own["forget_quality"]?.mapping?["agg_value"] == Value.null)
    #expect(own["model_utility"]?.mapping?["agg_value"]?.doubleValue != nil)
    #expect(throws: ValidationError.self) { try forgetting(["--reference", "nobody"]) }
  }
}
