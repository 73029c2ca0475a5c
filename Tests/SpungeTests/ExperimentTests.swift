import Foundation
import Spunge
import Tensors
import TestSupport
import Testing

struct ExperimentTests {
  private let folder: TemporaryFolder
  private let variables: [String: String]

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("model.gguf", "")
    try folder.write("forget.jsonl", "")
    try folder.write("retain.jsonl", "")
    variables = ["SPUNGE_MODELS": folder.path, "SPUNGE_DATA": folder.path]
  }

  private static let whole = """
    name: smollm2-domains
    seed: 7
    base:
      model: ${SPUNGE_MODELS}/model.gguf
    forget: { files: ["${SPUNGE_DATA}/forget.jsonl"] }
    retain: { files: ["${SPUNGE_DATA}/retain.jsonl"] }
    split: { method: by_attribute, settings: { attribute: domain } }
    unlearn: { method: rmu, settings: { layer: 8 } }
    merge: { method: ties, settings: { density: 0.5 } }
    score:
      variants: [base, monolithic, spunge]
      computeType: bfloat16
      tasks: [arc_easy, {task: pubmedqa, limit: 20, num_fewshot: 3}]
      limit: 200
    table: { formats: [csv], baseline: monolithic }
    """

  private func read(_ text: String) throws -> Experiment {
    try Experiment(
      ExperimentFile(path: "e.yaml", text: text), variables: variables,
      vocabulary: .init(tasks: ["arc_easy", "pubmedqa", "piqa"], formats: ["markdown", "csv"]))
  }

  /// All problems of `text`, as `line: message`.
  private func problems(_ text: String) throws -> [String] {
    do {
      _ = try read(text)
      return []
    } catch ExperimentError.invalid(_, let problems) {
      return problems.map { "\($0.line): \($0.message)" }
    }
  }

  @Test func referenceOfForgettingIsAFile() throws {
    try folder.write("TOFU_EVAL.json", "{}")
    let file = "${SPUNGE_DATA}/TOFU_EVAL.json"
    let text = Self.whole.replacingOccurrences(
      of: "baseline: monolithic }", with: "baseline: monolithic, reference: \"\(file)\" }")
    let experiment = try read(text)
    #expect(experiment.table.reference?.written == file)
    #expect(try experiment.yaml().contains("reference: \(file)"))
    #expect(
      try problems(text.replacingOccurrences(of: "TOFU_EVAL", with: "none"))
        .contains { $0.contains("'table.reference': there is no") })
  }

  @Test func readsEverything() throws {
    let experiment = try read(Self.whole)
    #expect(experiment.name == "smollm2-domains")
    #expect(experiment.seed == 7)
    #expect(experiment.model.written == "${SPUNGE_MODELS}/model.gguf")
    #expect(experiment.model.expanded == "\(folder.path)/model.gguf")
    #expect(experiment.splitter.card.name == "by_attribute")
    #expect((experiment.unlearning as? RMU)?.layer == 8)
    let merge = try experiment.merge.resolvedYAML()
    #expect(merge.contains("density: 0.5\n"), "\(merge)")
    #expect(experiment.scoring.variants == [.base, .monolithic, .spunge])
    #expect(experiment.scoring.computeType == .bfloat16)
    #expect(experiment.scoring.tasks.map(\.name) == ["arc_easy", "pubmedqa"])
    #expect(experiment.scoring.tasks.map(\.limit) == [200, 20])
    #expect(experiment.scoring.tasks.map(\.fewShot) == [nil, 3])
    #expect(experiment.table == .init(formats: ["csv"], baseline: "monolithic"))
    #expect(
      experiment.scoring.variants.map { $0.rowName(unlearning: "rmu") }
        == ["base", "rmu", "spunge_rmu"])
  }

  @Test func defaultsAreFilledIn() throws {
    let text = Self.whole.split(separator: "\n")
      .filter { !$0.hasPrefix("seed") && !$0.hasPrefix("table") && !$0.contains("computeType") }
      .filter { !$0.hasPrefix("retain") }
      .joined(separator: "\n")
    let experiment = try read(text)
    #expect(experiment.seed == 42)
    #expect(experiment.retain.isEmpty)
    #expect(experiment.scoring.computeType == .float32)
    #expect(experiment.table == .init(formats: ["markdown", "csv"], baseline: "base"))
  }

  @Test func writtenExperimentReadsBackTheSame() throws {
    let first = try read(Self.whole).yaml()
    #expect(!first.contains(folder.path), "a path of this machine: \(first)")
    #expect(first.contains("steeringCoefficient"), "defaults are spelled out: \(first)")
    #expect(try read(first).yaml() == first)
  }

  @Test func reportsAllProblemsAtOnce() throws {
    let text = """
      name: a/b
      seeed: 7
      base: { model: "${NOT_SET}/model.gguf" }
      forget: { files: ["${SPUNGE_DATA}/absent.jsonl"] }
      split: { method: by_atribute }
      unlearn:
        method: rmu
        settings:
          layer: 3
          stering: 20
      merge: { method: ties, settings: { density: much } }
      score:
        variants: [base, base]
        tasks: [arc_esy, {task: piqa, limit: 0}]
      table: { baseline: spunge }
      """
    let found = try problems(text)
    let expected: [(line: Int, parts: [String])] = [
      (1, ["'name' becomes a name of files", "'a/b'"]),
      (2, ["unknown key 'seeed'", "did you mean 'seed'", "name, seed, base"]),
      (3, ["${NOT_SET} is not set", "--set NOT_SET="]),
      (4, ["forget.files", "absent.jsonl"]),
      (5, ["unknown split method 'by_atribute'", "did you mean 'by_attribute'"]),
      (10, ["unknown setting 'stering'", "steeringCoefficient"]),
      (11, ["setting 'density' needs a number, not 'much'"]),
      (13, ["variant 'base' is listed twice"]),
      (14, ["unknown task 'arc_esy'", "did you mean 'arc_easy'"]),
      (14, ["'score.tasks.limit' must be a whole number from 1 to 1000000000"]),
      (15, ["unknown scored variant 'spunge'", "known: base"]),
    ]
    #expect(found.count == expected.count, "\(found.joined(separator: "\n"))")
    for (problem, wanted) in zip(found, expected) {
      #expect(problem.hasPrefix("\(wanted.line): "), "\(problem)")
      for part in wanted.parts { #expect(problem.contains(part), "\(problem) lacks '\(part)'") }
    }
  }

  @Test(arguments: [
    ("name: x", ["'base' is missing", "'forget' is missing", "'score' is missing"]),
    ("name: x\nbase: model", ["'base' must be a mapping with model"]),
    ("name: x\nscore: { tasks: [], variants: base }", ["'score.tasks' is empty"]),
    ("name: [x]", ["'name' must be a single value"]),
    ("name: x\nseed: -1", ["'seed' must be a whole number from 0 to 18446744073709551615"]),
    ("name: ..", ["'name' becomes a name of files"]),
    ("name: \(String(repeating: "n", count: 101))", ["at most 100", "it has 101"]),
    ("name: x\nbase: { model: '${SPUNGE_MODELS' }", ["has a '${' without '}'"]),
  ])
  func problem(text: String, parts: [String]) throws {
    let found = try problems(text).joined(separator: "\n")
    for part in parts { #expect(found.contains(part), "\(found)") }
  }

  @Test(arguments: [
    ("name: x\nbase: { model: ${SPUNGE_MODELS}/x }", "e.yaml:2", "put values with ${…} in quotes"),
    ("name: x\nname: y", "e.yaml:1", "written twice: name"),
    ("name: 'x", "e.yaml:", "not YAML"),
    ("", "e.yaml:1", "a mapping that starts with 'name:'"),
    ("- a", "e.yaml:1", "a mapping that starts with 'name:'"),
  ])
  func syntax(text: String, place: String, part: String) throws {
    let error = #expect(throws: ExperimentError.self) {
      try ExperimentFile(path: "e.yaml", text: text)
    }
    let message = error?.description ?? ""
    #expect(message.hasPrefix(place) && message.contains(part), "\(message)")
  }

  @Test func unreadableFileIsNamed() throws {
    try folder.write("latin.yaml", [0x6e, 0xff, 0xfe])
    for (name, reason) in [("absent.yaml", "no such file"), ("latin.yaml", "UTF-8")] {
      let error = #expect(throws: ExperimentError.self) {
        try ExperimentFile(path: "\(folder.path)/\(name)")
      }
      #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }
  }
}
