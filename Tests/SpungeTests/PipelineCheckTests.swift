import Foundation
import LanguageModels
import Spunge
import Tensors
import SpungeTestSupport
import TestSupport
import Testing

/// Settings that cannot work stop a run before the base is scored.
@Suite struct PipelineCheckTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let ascent = "method: gradient_ascent\n  settings: { training: "

  /// The tiny experiment's `unlearn` section with other settings.
  private static func unlearn(_ settings: String) -> (String) -> String {
    { text in
      let start = text.firstRange(of: "  method: rmu")?.lowerBound ?? text.startIndex
      let end = text.firstRange(of: "merge:")?.lowerBound ?? text.endIndex
      return text[..<start] + "  \(settings)\n" + text[end...]
    }
  }

  private static func rmu(_ settings: String) -> (String) -> String {
    unlearn("method: rmu\n  settings: { \(settings) }")
  }

  private static func replacing(_ old: String, _ new: String) -> (String) -> String {
    { $0.replacing(old, with: new) }
  }

  private static func scoring(_ lines: String) -> (String) -> String {
    replacing(
      "table:",
      "  toxicity: { prompts: \(Fixtures.path("toxicity/toxigen.jsonl")), \(lines)\ntable:")
  }

  /// An edit of the experiment → what the error says.
  private static var mistakes: [(edit: (String) -> String, message: String)] {
    [
      (rmu("layer: 9, trainedLayers: [1]"), "layer 9 is outside the model's 4 layers"),
      (
        rmu("layer: 2, trainedLayers: [1], alphas: [1, 2, 3]"),
        "alphas has 3 values"
      ),
      (
        rmu("layer: 2, trainedLayers: [1], controlVectors: /no/where"),
        "/no/where"
      ),
      (unlearn(ascent + "{ parameters: lora, targets: [c_attn] } }"), "'c_attn' is no projection"),
      (
        unlearn(ascent + "{ trainedParameters: [transformer.*] } }"),
        "no parameter matches transformer.*"
      ),
      (
        unlearn("method: npo\n  settings: { retain: { kind: hidden_state, layer: 4 } }"),
        "layer 4 is outside"
      ),
      (
        unlearn("method: task_vector_negation\n  settings: { adapter: /no/adapter }"), "/no/adapter"
      ),
      (
        replacing("dialect: authors", "dialect: mergekit, weights: [1]"), "1 weights for 2 parts"
      ),
      (replacing("dialect: authors", "dialect: authors, weights: [1, 1]"), "takes no weights"),
      (replacing("attribute: domain", "attribute: topic"), "'topic'"),
      (scoring("classifier: \(Fixtures.path("toxicity/prompts")) }"), "toxicity/prompts"),
      (
        scoring(
          "classifier: \(Fixtures.path("mini-roberta")), settings: { toxicLabel: unkind, maximumNewTokens: 4000 } }"
        ), "4000 new tokens leave no room"
      ),
      (
        scoring(
          "classifier: \(Fixtures.path("tiny-roberta")), settings: { toxicLabel: LABEL_1 } }"),
        "tiny-roberta: no tokenizer"
      ),
      (
        scoring(
          "classifier: \(Fixtures.path("mini-roberta")), settings: { toxicLabel: unkind } }\n"
            + "  perplexity: { model: \(Fixtures.path("tiny")) }"
        ),
        "\(Fixtures.path("tiny"))"
      ),
    ]
  }

  @Test(arguments: mistakes.indices) func areFoundBeforeTheBaseIsScored(index: Int) throws {
    let (edit, message) = Self.mistakes[index]
    try expectFailure(
      try TinyExperiment.pipeline(try TinyExperiment.read(edit), folder.path), message)
  }

  @Test func aBudgetThatCannotHoldAStepIsFoundToo() throws {
    let pipeline = try TinyExperiment.pipeline(
      try TinyExperiment.read(), folder.path, memory: 1 << 10)
    try expectFailure(pipeline, "more than the 0 MiB it may use")
  }

  private func expectFailure(_ pipeline: SpungePipeline, _ message: String) throws {
    let planned = try #require(throws: (any Error).self) { try Planner().plan(pipeline) }
    let error = try #require(throws: (any Error).self) { try pipeline.run() }
    #expect("\(error)".contains(message), "\(error)")
    #expect("\(planned)" == "\(error)")
    let work = try? FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/.spunge")
    #expect(work?.contains { $0.hasPrefix("score") } != true)
    let results = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/results")
    #expect(!results.contains("scores.jsonl") && !results.contains("samples"))
  }

  /// The second experiment's mistake is found before the first is scored.
  @Test func ofEveryPointOfAGrid() throws {
    let edits = [Self.rmu("layer: 3, trainedLayers: [1]"), Self.mistakes[0].edit]
    let members = try edits.enumerated().map { place, edit in
      GridRun.Member(
        pipeline: try TinyExperiment.pipeline(
          try TinyExperiment.read(edit), "\(folder.path)/\(place)"),
        point: try #require(
          try ExperimentGrid(ExperimentFile(path: "a", text: "name: a")).points.first))
    }
    #expect(throws: UnlearningError.layerOutOfRange(9, count: 4)) {
      _ = try GridRun(members, results: "\(folder.path)/results").run()
    }
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/0/results"))
  }
}
