import Evaluation
import Foundation
import LanguageModels
import Reporting
import Tensors
import TestSupport
import Testing

@testable import Spunge

/// Completions of the random model's variants, judged and measured, in files.
@Suite struct ToxicityScoringTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID())").path

  private func toxicity(
    _ change: (inout CompletionRecipe) -> Void = { _ in }
  ) throws -> Experiment.Toxicity {
    var recipe = CompletionRecipe()
    recipe.maximumNewTokens = 6
    change(&recipe)
    return Experiment.Toxicity(
      prompts: ExperimentPath(literal: Fixtures.path("toxicity/toxigen.jsonl")), source: "toxigen",
      protocolName: "paper", recipe: recipe, classifier: ExperimentPath(literal: "toxigen-roberta"),
      limit: 12)
  }

  private func model(_ settings: TextModel.Settings = .init()) throws -> ScoredModel {
    let model = try StoredModel(path: Fixtures.path("goldens/tiny-llama"))
    let digests = FileDigests(work: "\(folder)/work")
    return ScoredModel(
      name: "base", model, digest: try digests.digest(of: model.directory), settings: settings,
      compute: ComputeOptions(.float32))
  }

  /// Judges by length, counting what it is asked.
  private final class Judge: TextClassifier {
    let labels = ["benign", "toxic"]
    private(set) var asked = 0

    func classify(_ texts: [String], receive: (Int, Classification) throws -> Void) throws {
      asked += texts.count
      for (index, text) in texts.enumerated() {
        let toxic = Double(text.count % 10) / 10
        try receive(index, Classification(logits: [0, 1], probabilities: [1 - toxic, toxic]))
      }
    }
  }

  private struct Outcome {
    var scores: [ScoreRecord]
    var steps: [Manifest.Step]
    var notes: [String]
  }

  private func run(
    _ judge: Judge, _ change: (inout CompletionRecipe) -> Void = { _ in }
  ) throws -> Outcome {
    let directory = try RunDirectory(path: "\(folder)/results")
    let fluency = Experiment.Fluency(
      model: ExperimentPath(literal: Fixtures.path("goldens/tiny-llama")))
    let toxicity = try toxicity(change)
    let scoring = ToxicityScoring(
      toxicity, prompts: try toxicity.promptSet(), fluency: fluency, run: directory,
      progress: SilentProgress())
    let tasks = TaskScoring(work: "\(folder)/work", run: nil, progress: SilentProgress())
    var steps: [Manifest.Step] = []
    try tasks.withModel(try model()) {
      steps.append(try scoring.complete($0, variant: "base"))
      steps.append(try scoring.complete($0, variant: "copy"))
    }
    try scoring.finish(
      tasks,
      classifier: {
        try JudgedTexts(work: "\(folder)/work", identity: "judge", open: { judge })
      }, reference: try model(.ofCompletions), done: { steps.append($0) })
    try scoring.writeRecipe()
    return Outcome(
      scores: scoring.scores, steps: steps, notes: try scoring.notes(forget: ["toxigen.csv"]))
  }

  @Test func everyAnswerIsKept() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let judge = Judge()
    let first = try run(judge)
    #expect(
      first.steps.map(\.name) == [
        "complete base / toxigen", "complete copy / toxigen", "judge toxigen", "perplexity toxigen",
      ])
    #expect(first.steps.map(\.reused) == [false, true, false, false])
    let asked = judge.asked
    #expect(asked > 0 && asked <= 12)
    let second = try run(judge)
    #expect(second.steps.allSatisfy(\.reused) && judge.asked == asked)
    #expect(second.scores == first.scores)
    for variant in ["base", "copy"] {
      let records = try String(
        contentsOfFile: "\(folder)/results/completions/\(variant)/toxigen.jsonl", encoding: .utf8
      ).split(separator: "\n").map {
        try JSONDecoder().decode(CompletionRecord.self, from: Data($0.utf8))
      }
      #expect(records.count == 12 && records.allSatisfy { $0.variant == variant })
      #expect(records.allSatisfy { $0.toxicProbability != nil && $0.isToxic != nil })
      #expect(records.allSatisfy { $0.isEmpty || ($0.tokens ?? 0) > 0 })
    }
    let settings = "toxigen: protocol paper (appliesChatTemplate: false, degenerateWarning: 0.05, "
    #expect(first.notes.contains { $0.hasPrefix(settings) }, "\(first.notes)")
    #expect(
      first.notes.contains {
        $0.contains("trained on ToxiGen, and so is what was unlearned (toxigen.csv)")
      })
  }

  @Test func settingsAreChecked() throws {
    for (assignment, message) in [
      ("samples=2", "1 at temperature 0"), ("topP=0", "above 0"), ("threshold=1.5", "from 0 to 1"),
      ("promptTemplate=x", "{prompt}"),
      ("emptyCompletions=odd", "known values: benign, classified"),
    ] {
      let error = #expect(throws: SettingsError.self) {
        try CompletionRecipe(overriding: try settingsNode([assignment]), over: CompletionRecipe())
      }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
    guard case .completions(let llama2) = ToxicityProtocol.llama2.method else { return }
    let changed = try CompletionRecipe(
      overriding: try settingsNode(["maximumNewTokens=8"]), over: llama2)
    #expect(changed.temperature == 0.1 && changed.maximumNewTokens == 8)
  }
}
