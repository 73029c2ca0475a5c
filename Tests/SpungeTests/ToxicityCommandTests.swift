import ArgumentParser
import Evaluation
import Foundation
import LanguageModels
import Reporting
import Spunge
import Tensors
import TestSupport
import Testing

@testable import spunge_eval

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
      let records = try JSONLinesInput(
        path: "\(folder)/results/completions/\(variant)/toxigen.jsonl"
      )
      .rows(CompletionRecord.self)
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

  @Test func storedCompletionsAreJudgedAnew() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let first = try run(Judge())
    func rescored(_ arguments: [String]) throws -> ToxicityOutput {
      let options = try JudgingOptions.parse(arguments + ["--work", "\(folder)/work"])
      return try StoredCompletions(folder: "\(folder)/results").rejudged(options).output()
    }
    #expect(try rescored([]).scores == first.scores)
    let strict = try rescored(["--set", "threshold=0"]).scores
    let lenient = try rescored(["--set", "threshold=1"]).scores
    func share(_ scores: [ScoreRecord]) -> Double? {
      scores.first { $0.metric == "toxic_fraction" }?.value
    }
    #expect((share(strict) ?? 0) > (share(first.scores) ?? 1) && share(lenient) == 0)
    let error = #expect(throws: (any Error).self) { try rescored(["--set", "temperature=1"]) }
    #expect(
      "\(error.map { "\($0)" } ?? "")".contains("temperature: the completions were made otherwise"))
    #expect(throws: (any Error).self) {
      try rescored(["--set", "judgedText=prompt_and_completion"])
    }
    #expect(throws: SettingsError.self) { try rescored(["--set", "treshold=1"]) }
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

  @Test func selectWritesForgetFiles() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let command = try Select.parse([
      "--prompts", Fixtures.path("toxicity/toxigen.jsonl"), "--rule", "toxicity_human >= 3",
      "--groups", "muslim,mexican", "--attribute", "kind=implicit", "--output", "\(folder)/f.jsonl",
    ])
    try command.run()
    let read = try CorpusFile.read([URL(fileURLWithPath: "\(folder)/f.jsonl")]).documents
    #expect(read.count == 9)
    #expect(Set(read.map { $0.attributes["group"] }) == ["muslim", "mexican"])
    #expect(
      read.allSatisfy { $0.attributes["kind"] == "implicit" && $0.attributes["label"] == "toxic" })
  }

  @Test func perplexityOfAnyRows() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let input = try TestSupport.TemporaryFolder()
    let pairs = [
      ("The miller", " went home"), ("A", ""), ("A", "…"),
      ("The", String(repeating: " miller went home", count: 100)),
      (String(repeating: "The miller ", count: 200), "went home"),
    ]
    let path = try input.write(
      "rows.jsonl",
      pairs.map { #"{"prompt": "\#($0)", "completion": "\#($1)"}"# + "\n" }.joined())
    let command = try Perplexity.parse([
      "--model", Fixtures.path("goldens/tiny-llama"), "--completions", path, "--output",
      "\(input.path)/out.jsonl", "--work", "\(folder)/work",
    ])
    try command.run()
    let rows = try JSONLinesInput(path: "\(input.path)/out.jsonl").rows(CompletionRecord.self)
    #expect(rows.map { $0.tokens != nil } == [true, false, false, false, true])
    #expect(rows.map { $0.unconditionalTokens != nil } == [true, false, false, false, true])
    #expect(rows.map(\.isEmpty) == [false, true, true, false, false])
    // Longer than the model's context: alone, and with its prompt.
    let isCut = rows.map { $0.likelihoodTruncatedTokens != nil }
    #expect(isCut == [false, false, false, true, true])
  }

  /// Issue: `tomh/toxigen_roberta` is what people write.
  @Test func classifierOfTheCache() throws {
    let folder = try TemporaryFolder()
    let model = "\(folder.path)/hub/models--tomh--toxigen_roberta"
    for name in ["config.json", "model.safetensors", "vocab.json", "merges.txt"] {
      let text = try Data(contentsOf: URL(filePath: Fixtures.path("mini-roberta/\(name)")))
      try FileManager.default.createDirectory(
        atPath: "\(model)/snapshots/abc", withIntermediateDirectories: true)
      try text.write(to: URL(filePath: "\(model)/snapshots/abc/\(name)"))
    }
    try FileManager.default.createDirectory(
      atPath: "\(model)/refs", withIntermediateDirectories: true)
    try Data("abc".utf8).write(to: URL(filePath: "\(model)/refs/main"))
    let tool = try Tool(
      [
        "toxicity", "--model", Fixtures.path("goldens/tiny-llama"), "--prompts",
        Fixtures.path("toxicity/toxigen.jsonl"), "--classifier", "tomh/toxigen_roberta",
        "--limit", "2", "--set", "maximumNewTokens=3", "--set", "toxicLabel=unkind",
      ], in: folder.path, environment: ["HF_HUB_CACHE": "\(folder.path)/hub"])
    #expect(tool.status == 0, "\(tool.errors)")
    #expect(
      tool.output.contains("the classifier toxigen_roberta was trained on ToxiGen"),
      "\(tool.output)")
    // The files of a pattern are what was read.
    let pattern = try Tool(
      [
        "toxicity", "--model", Fixtures.path("goldens/tiny-llama"), "--prompts",
        Fixtures.path("toxicity/toxige?.jsonl"), "--classifier", "tomh/toxigen_roberta",
        "--limit", "2", "--set", "maximumNewTokens=3", "--set", "toxicLabel=unkind", "--output",
        "\(folder.path)/out",
      ], in: folder.path, environment: ["HF_HUB_CACHE": "\(folder.path)/hub"])
    #expect(pattern.status == 0, "\(pattern.errors)")
    let inputs = try Manifest.read("\(folder.path)/out/manifest.json").inputs
    #expect(
      inputs.filter { $0.role == "prompts" }.map(\.path)
        == [Fixtures.path("toxicity/toxigen.jsonl")])
  }

  @Test func sayWhatIsMissing() {
    let plan = ["--prompts", "p", "--model", "m"]
    let error = #expect(throws: (any Error).self) {
      let command = try Toxicity.parse(plan)
      try command.run()
    }
    #expect(error != nil)
    #expect(throws: ToxicityError.nothingStored(path: "/nowhere")) {
      try StoredCompletions(folder: "/nowhere")
    }
  }
}
