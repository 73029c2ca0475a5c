import Evaluation
import Foundation
import Reporting
import Spunge
import Tensors
import SpungeTestSupport
import TestSupport
import Testing

/// `score: toxicity` and `score: perplexity` of an experiment file, through the whole pipeline.
@Suite struct ToxicityPipelineTests {
  private static let root =
    Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent().path

  private func experiment(_ scoring: String) throws -> Experiment {
    let file = "\(Self.root)/tasks/experiments/tiny.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
      .replacingOccurrences(of: "table:", with: "\(scoring)\ntable:")
      .replacingOccurrences(of: "Tests/Fixtures", with: Fixtures.folder.path)
    return try Experiment(
      ExperimentFile(path: file, text: text), variables: [:],
      vocabulary: .init(tasks: ["arc_easy"], formats: ["markdown", "csv", "json", "latex"]))
  }

  private static let scoring = """
      toxicity:
        prompts: Tests/Fixtures/toxicity/toxigen.jsonl
        classifier: Tests/Fixtures/toxicity/prompts
        settings: { maximumNewTokens: 5, threshold: 0.4 }
        rule: toxicity_human >= 3
        groups: [muslim, mexican]
        limit: 5
      perplexity:
        model: Tests/Fixtures/goldens/tiny-llama
        definitions: [dexperts, corpus]
    """

  @Test func everyVariantIsJudged() throws {
    let folder = try TestSupport.TemporaryFolder()
    let experiment = try experiment(Self.scoring)
    let pipeline = try SpungePipeline(
      experiment, tasks: TaskIndex(folder: "\(Self.root)/tasks/harness"),
      paths: .init(
        data: Fixtures.path("tiny"), results: "\(folder.path)/results",
        work: "\(folder.path)/.spunge"),
      context: RunContext(
        random: RandomSource(seed: experiment.seed),
        digests: FileDigests(work: "\(folder.path)/.spunge")),
      openClassifier: { _ in
        let classifier = ScriptedClassifier { text in
          let toxic = Double(text.unicodeScalars.count % 5) / 5
          return [1 - toxic, toxic]
        }
        return StoredClassifier(labels: classifier.labels) { classifier }
      })
    let plan = try RunEstimate(Planner().plan(pipeline), MachineSpeed.measure())
    #expect(
      plan.steps.map(\.name).suffix(5) == [
        "complete base / toxigen", "complete rmu / toxigen", "complete spunge_rmu / toxigen",
        "judge toxigen", "perplexity toxigen",
      ])
    let report = try pipeline.run()
    let results = "\(folder.path)/results"
    let scores = try String(contentsOfFile: "\(results)/scores.jsonl", encoding: .utf8)
      .split(separator: "\n")
      .map { try JSONDecoder().decode(ScoreRecord.self, from: Data($0.utf8)) }
    for variant in ["base", "rmu", "spunge_rmu"] {
      let own = scores.filter { $0.model == variant && $0.task.hasPrefix("toxigen") }
      #expect(
        own.map { "\($0.task) \($0.metric)" } == [
          "toxigen toxic_fraction", "toxigen toxic_fraction_macro",
          "toxigen toxic_fraction.toxic_prompts", "toxigen mean_toxic_probability",
          "toxigen degenerate_fraction", "toxigen perplexity.dexperts",
          "toxigen perplexity.corpus",
          "toxigen/mexican toxic_fraction", "toxigen/muslim toxic_fraction",
        ])
      #expect(own.allSatisfy { $0.value != nil && $0.value?.isFinite == true })
      let file = "\(results)/completions/\(variant)/toxigen.jsonl"
      let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 5)
    }
    #expect(!report.table.columns.contains { $0.task == "toxigen/muslim" })
    #expect(
      report.comparison["rmu", .init(task: "toxigen", metric: "toxic_fraction")]?.paired != nil)
    let demographics = try String(contentsOfFile: "\(results)/toxicity.md", encoding: .utf8)
    #expect(demographics.contains("| muslim |") && demographics.contains("| spunge\\_rmu |"))
    let recipe = try ToxicityRecipeFile.read("\(results)/toxicity.json")
    #expect(recipe.settings.threshold == 0.4 && recipe.groups == ["muslim", "mexican"])
    let manifest = try Manifest.read("\(results)/manifest.json")
    #expect(
      Set(manifest.inputs.map(\.role)).isSuperset(of: ["prompts", "classifier", "perplexity"]))
    #expect(
      manifest.warnings.contains { $0.contains("threshold: 0.4") }
    )
  }

  /// A pattern stands for its files: each is an input of the run, under the pattern's variables.
  @Test func promptsMayBeAPattern() throws {
    let folder = try TestSupport.TemporaryFolder()
    let rows = try String(contentsOfFile: Fixtures.path("toxicity/toxigen.jsonl"), encoding: .utf8)
    for name in ["a.jsonl", "b.jsonl"] { try folder.write(name, rows) }
    let file = "\(Self.root)/tasks/experiments/tiny.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
      .replacing(
        "table:",
        with: "  toxicity: { prompts: '${X}/*.jsonl', protocol: safenlp, limit: 2 }\ntable:"
      )
      .replacing("Tests/Fixtures", with: Fixtures.folder.path)
      .replacing("[base, monolithic, spunge]", with: "[base]")
    let experiment = try Experiment(
      ExperimentFile(path: file, text: text), variables: ["X": folder.path],
      vocabulary: .init(tasks: ["arc_easy"], formats: ["markdown", "csv", "json", "latex"]))
    _ = try TinyExperiment.pipeline(experiment, folder.path).run()
    let manifest = try Manifest.read("\(folder.path)/results/manifest.json")
    let prompts = manifest.inputs.filter { $0.role == "prompts" }
    #expect(prompts.map(\.path) == ["${X}/a.jsonl", "${X}/b.jsonl"])
    #expect(prompts.allSatisfy { $0.sha256 == prompts.first?.sha256 })
  }

  @Test func resolvedExperimentReadsBack() throws {
    let first = try experiment(Self.scoring)
    let text = try first.yaml()
    let second = try Experiment(
      ExperimentFile(path: "resolved.yaml", text: text), variables: [:],
      vocabulary: .init(tasks: ["arc_easy"], formats: ["markdown", "csv", "json", "latex"]))
    #expect(second.scoring == first.scoring)
    #expect(first.scoring.toxicity?.recipe.maximumNewTokens == 5)
    #expect(first.scoring.fluency?.definitions == [.dexperts, .corpus])
  }

  @Test(arguments: [
    ("  toxicity: {}", "'score.toxicity.prompts' is missing"),
    (
      "  toxicity: { prompts: Tests/Fixtures/toxicity/toxigen.jsonl }",
      "'score.toxicity.classifier' is missing"
    ),
    (
      "  toxicity: { prompts: Tests/Fixtures/toxicity/toxigen.jsonl, protocol: lm_eval }",
      "unknown protocol 'lm_eval'; known: paper, open_instruct, llama2, real_toxicity_prompts, safenlp"
    ),
    (
      "  toxicity: { prompts: Tests/Fixtures/toxicity/toxigen.jsonl, source: toxigin }",
      "unknown source 'toxigin' (did you mean 'toxigen'?)"
    ),
    (
      "  toxicity: { prompts: Tests/Fixtures/toxicity/toxigen.jsonl, classifier: Tests/Fixtures, "
        + "settings: { treshold: 1 }, rule: x }",
      "unknown setting 'treshold' (did you mean 'threshold'?)"
    ),
    ("  perplexity: { model: Tests/Fixtures }", "add that"),
    (
      "  toxicity: { prompts: Tests/Fixtures/toxicity/toxigen.jsonl, classifier: nobody/judge }",
      "'score.toxicity.classifier': nobody/judge: no such file or folder, and not in the Hugging Face cache"
    ),
    (
      "  toxicity: { prompts: Tests/Fixtures/toxicity/toxigen.jsonl, protocol: safenlp, classifier: x }",
      "'score.toxicity.classifier': the protocol safenlp generates no completions; leave it out"
    ),
    (
      "  toxicity: { prompts: Tests/Fixtures/toxicity/toxigen.jsonl, protocol: safenlp }\n"
        + "  perplexity: { model: Tests/Fixtures }",
      "'score.perplexity': the protocol safenlp generates no completions; leave it out"
    ),
  ])
  func saysWhatIsWrong(scoring: String, message: String) throws {
    let error = #expect(throws: ExperimentError.self) { try experiment(scoring) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
