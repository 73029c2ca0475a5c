import Evaluation
import Foundation
import Reporting
import TestSupport
import Testing

@testable import Spunge

/// The paper's experiment files, and the plan of what they need.
@Suite struct PaperPlanTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let folder = root.appending(path: "tasks/experiments/paper").path
  private static let index = Result {
    try TaskIndex(folder: root.appending(path: "tasks/harness").path)
  }

  private final class Silence: ProgressSink {
    func report(step: String, done: Int, total: Int, unit: String) {}
    func note(_ message: String) {}
  }

  private func settings(data: String, searches: Bool = false) throws -> PaperPlan.Settings {
    PaperPlan.Settings(
      experiments: Self.folder, data: data, work: "\(data)/work", searches: searches,
      tasks: try Self.index.get(), formats: ["markdown", "csv", "json", "latex"],
      progress: Silence())
  }

  private static let experiments = Result { try PaperExperiment.all(folder: folder) }
  private static let names =
    (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted().map {
      String($0.dropLast(".yaml".count))
    } ?? []

  private func experiment(_ name: String) throws -> PaperExperiment {
    try #require(Self.experiments.get().first { $0.name == name })
  }

  @Test func everyTableAndFigureHasItsExperiments() throws {
    let all = try Self.experiments.get()
    #expect(all.map(\.name).sorted() == Self.names.sorted())
    #expect(Set(all.flatMap(\.places.tables)) == Set(1...7))
    #expect(Set(all.flatMap(\.places.figures)) == Set(2...4))
    // In the order of the tables.
    #expect(all.map { $0.places.tables[0] } == all.map { $0.places.tables[0] }.sorted())
    let tables = try PaperExperiment.all(folder: Self.folder, tables: [5], figures: [4])
    #expect(tables.map(\.name) == ["toxicity-llama2-tvn", "toxicity-zephyr-tvn"])
  }

  /// What a file names is what `results/paper` has rows and columns for that the experiment scores.
  @Test(arguments: names)
  func filesNameWhatTheyFeed(name: String) throws {
    let point = try #require(
      try settings(data: "d").read(experiment(name)).points.first
    ).1
    let places = try PaperPlacesDerivation(Self.root.appending(path: "results/paper").path)
      .places(point, model: point.model.written, measures: .paper)
    #expect(point.table.paper == places)
    let header = try String(
      contentsOfFile: "\(Self.folder)/\(name).yaml", encoding: .utf8
    ).prefix { $0 != "(" }
    for number in places.tables { #expect(header.contains("\(number)"), "\(header)") }
  }

  /// The miniature world's files feed the same tables and figures with the models that stand for the paper's.
  @Test(arguments: [
    ("toxicity-zephyr", "HuggingFaceH4/zephyr-7b-beta", "group"),
    ("toxicity-llama2", "meta-llama/Llama-2-7b-hf", "group"),
    ("hazard-zephyr", "HuggingFaceH4/zephyr-7b-beta", "domain"),
    ("kinds-llama2", "meta-llama/Llama-2-7b-hf", "kind"),
  ])
  func miniatureFilesNameWhatTheyFeed(name: String, model: String, split: String) throws {
    let path = Self.root.appending(path: "tasks/experiments/miniature/\(name).yaml").path
    let variables = Dictionary(
      uniqueKeysWithValues: ["WORLD", "BASE", "REFERENCE", "CLASSIFIER", "SPLIT"].map { ($0, "x") })
    let derivation = try PaperPlacesDerivation(Self.root.appending(path: "results/paper").path)
    var derived = (tables: Set<Int>(), figures: Set<Int>())
    let file = try ExperimentFile(path: path)
    for point in try ExperimentGrid(file).points {
      let experiment = try Experiment(
        point.file, variables: variables,
        vocabulary: .init(tasks: ["miniature", "miniature_wmdp"], formats: ["markdown"]),
        needsFiles: false)
      let places = derivation.places(
        experiment, model: model, split: split, measures: .miniature)
      derived.tables.formUnion(places.tables)
      derived.figures.formUnion(places.figures)
    }
    #expect(file.paperPlaces.tables == derived.tables.sorted())
    #expect(file.paperPlaces.figures == derived.figures.sorted())
  }

  @Test func otherPlacesThanTablesAndFiguresAreProblems() throws {
    let text = """
      name: x
      base: { model: nobody/no-such-model }
      forget: { files: [f.jsonl] }
      split: { method: single }
      unlearn: { method: task_vector_negation }
      merge: { method: ties }
      score: { variants: [base], tasks: [arc_easy] }
      table: { paper: [table-2, chart-3, figure-x] }
      """
    let error = #expect(throws: ExperimentError.self) {
      try Experiment(
        ExperimentFile(path: "x.yaml", text: text), variables: [:],
        vocabulary: .init(tasks: ["arc_easy"], formats: ["markdown"]), needsFiles: false)
    }
    let message = try #require(error).description
    #expect(message.contains("'chart-3' is no table") && message.contains("'figure-x'"))
    #expect(!message.contains("'table-2'"))
  }

  /// Every combination of every file: all names and settings are known, and so is where each input is had.
  @Test(arguments: names)
  func everyCombinationIsAnExperiment(name: String) throws {
    let (points, combinations) = try settings(data: "d", searches: true).read(experiment(name))
    #expect(points.count == combinations && combinations > 1)
    #expect(Set(points.map(\.1.name)) == ["paper-" + name])
    for (_, point) in points {
      #expect(PaperFacts.models[point.model.written]?.configuration != nil)
      let needs = try PaperNeed.all(point, tasks: try Self.index.get(), data: "d")
      for need in needs {
        let source = try #require(need.source, "\(need.name)")
        #expect(source.commands.contains { $0.hasPrefix("hf download ") })
      }
      for path in point.forget + point.retain {
        #expect(PaperFacts.texts[path.name] != nil, "\(path.written)")
      }
      for task in point.scoring.tasks {
        #expect(!PaperFacts.questions(task.name, fewShot: task.fewShot).isEmpty, "\(task.name)")
      }
    }
  }

  /// What the paper prints of its hyperparameters.
  @Test func statedHyperparametersAreTaken() throws {
    let settings = try settings(data: "d")
    func first(_ name: String) throws -> Experiment {
      try #require(try settings.read(experiment(name)).points.first).1
    }
    let rmu = try #require(try first("hazard-zephyr-rmu").unlearning as? RMU)
    #expect(rmu.layer == 7 && rmu.trainedLayers == [5, 6, 7] && rmu.maximumBatches == 150)
    #expect(rmu.epochs == 1 && rmu.stopBelowCosine == -1)
    #expect(rmu.steeringCoefficients == [6.5] && rmu.alphas == [1200])
    let parts = try #require(try first("hazard-zephyr-spunge-rmu").unlearning as? RMU)
    #expect(parts.epochs == 2 && parts.stopBelowCosine == 0.5)
    let zephyr = try #require(
      try first("toxicity-zephyr-tvn").unlearning as? TaskVectorNegation)
    #expect(zephyr.training.rank == 16 && zephyr.training.alpha == 16)
    #expect(zephyr.training.targets == ["q_proj", "v_proj"] && zephyr.training.dropout == 0.01)
    for name in ["toxicity-llama2-tvn", "kinds-llama2-tvn", "kinds-llama2-tvn-open"] {
      let llama = try #require(try first(name).unlearning as? TaskVectorNegation)
      #expect(llama.training.rank == 64 && llama.training.alpha == 64)
      #expect(llama.training.targets.count == 6 && llama.training.epochs == 1)
    }
  }

  /// As transformers counts them for these configurations.
  @Test func parameterCountsAreThePublishedOnes() {
    let counts = PaperFacts.models.mapValues(\.parameters)
    #expect(
      counts == [
        "HuggingFaceH4/zephyr-7b-beta": 7_241_732_096,
        "meta-llama/Llama-2-7b-hf": 6_738_415_616,
        "meta-llama/Llama-2-13b-hf": 13_015_864_320, "tomh/toxigen_roberta": 355_361_794,
      ])
  }

  @Test func planSaysWhatIsMissingAndHowToGetIt() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/paper", withIntermediateDirectories: true)
    try folder.write("paper/retain-wikitext.jsonl", #"{"text": "It rains."}"# + "\n")
    let experiments = try PaperExperiment.all(folder: Self.folder, tables: [2])
    let plan = try PaperPlan(experiments, settings(data: folder.path))
    let missing = plan.missing.map(\.name)
    #expect(missing.contains("HuggingFaceH4/zephyr-7b-beta") && missing.contains("cais/wmdp"))
    #expect(missing.contains("\(folder.path)/paper/forget-bio.jsonl"))
    #expect(!missing.contains { $0.hasSuffix("retain-wikitext.jsonl") })
    #expect(Set(missing).count == missing.count)
    let text = plan.text
    let commands = text.split(separator: "\n").filter { $0.contains("  hf download ") }
    #expect(Set(commands).count == commands.count && commands.count == 5)
    #expect(text.contains("hf download HuggingFaceH4/zephyr-7b-beta --include"))
    #expect(text.contains("spunge-eval select --source text"))
    #expect(text.contains("estimates"))
    for entry in plan.entries {
      #expect(!entry.isReady && entry.isEstimate && entry.memoryBytes > 14_000_000_000)
      #expect(entry.steps.contains { $0.name.hasPrefix("unlearn ") })
    }
    // Both ask the same base the same questions.
    #expect(plan.entries[1].shared == 3)
    // RMU changes three matrices of 4,096 × 14,336; two parts, their merge, and the same for the control.
    let matrices = 4 * 3 * 4096 * 14336
    #expect(plan.entries.map(\.deltaBytes) == [matrices, 6 * matrices])
  }

  /// With another base than the paper's the plan is exact, or says that it has none.
  @Test func otherBasesArePlannedOnceTheyAreThere() throws {
    let folder = try TemporaryFolder()
    let text = try String(
      contentsOf: Self.root.appending(path: "tasks/experiments/tiny.yaml"), encoding: .utf8
    ).replacing("Tests/Fixtures", with: Fixtures.folder.path)
    try folder.write("there.yaml", text)
    try folder.write("absent.yaml", text.replacing("goldens/tiny-llama", with: "goldens/none"))
    var settings = try settings(data: Fixtures.path("tiny"))
    settings.experiments = folder.path
    settings.work = "\(folder.path)/work"
    let plan = try PaperPlan(
      ["there", "absent"].map {
        PaperExperiment(name: $0, places: PaperPlaces(tables: [2]))
      }, settings)
    let entry = plan.entries[0]
    #expect(entry.isReady && !entry.isEstimate && entry.memoryBytes > 0 && entry.seconds > 0)
    #expect(entry.steps.contains { $0.name.hasPrefix("unlearn ") && $0.tokens > 0 })
    #expect(!plan.entries[1].isReady && plan.entries[1].steps.isEmpty)
    // What the union, two parts and their merge change: three matrices of two layers each.
    #expect(entry.deltaBytes > 0 && plan.text.contains(" of memory, "))
    #expect(plan.text.contains("  no estimate of time, memory and disk: '"))
  }

  @Test func searchTakesEveryCombination() throws {
    let experiments = [try experiment("hazard-zephyr-spunge-rmu")]
    let plans = try [false, true].map {
      try PaperPlan(experiments, settings(data: "nowhere", searches: $0))
    }
    #expect(plans.map { $0.entries[0].taken } == [1, 18])
    #expect(plans.allSatisfy { $0.entries[0].combinations == 18 })
    // Parts are unlearned once for all combinations: density, scope and λ come after.
    let unlearned = plans.map { $0.entries[0].steps.count { $0.name.hasPrefix("unlearn") } }
    #expect(unlearned == [4, 4])
    #expect(plans[1].entries[0].steps.count > plans[0].entries[0].steps.count)
  }

  @Test func modelsMayBeNamedByTheirIDs() throws {
    let text = """
      name: x
      base: { model: nobody/no-such-model }
      forget: { files: [f.jsonl] }
      split: { method: single }
      unlearn: { method: task_vector_negation }
      merge: { method: ties }
      score: { variants: [base], tasks: [arc_easy] }
      """
    let vocabulary = Experiment.Vocabulary(tasks: ["arc_easy"], formats: ["markdown"])
    let file = try ExperimentFile(path: "x.yaml", text: text)
    let experiment = try Experiment(
      file, variables: [:], vocabulary: vocabulary, needsFiles: false)
    #expect(experiment.model.expanded == "nobody/no-such-model")
    #expect(experiment.model.name == "no-such-model")
    let error = #expect(throws: ExperimentError.self) {
      try Experiment(file, variables: [:], vocabulary: vocabulary)
    }
    let message = try #require(error).description
    #expect(message.contains("hf download nobody/no-such-model"))
    #expect(message.contains("there is no 'f.jsonl'"))
  }
}
