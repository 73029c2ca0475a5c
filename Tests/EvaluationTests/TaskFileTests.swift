import Foundation
import TestSupport
import Testing

@testable import Evaluation

@Suite struct TaskFileTests {
  static let quiz = """
    task: isles
    dataset_path: sea/isles
    test_split: test
    output_type: multiple_choice
    doc_to_text: "{{question}}"
    doc_to_choice: [reef, bay]
    doc_to_target: answer

    """

  /// The description of the error that a task file leads to.
  private func problem(_ files: [String: String], _ name: String = "isles.yaml") throws -> String {
    let folder = try TemporaryFolder(files)
    do {
      _ = try EvaluationTask(TaskFile(path: folder.file(name)))
      return ""
    } catch {
      return error.description
    }
  }

  @Test func everyTaskOfTheRepositoryIsValid() throws {
    let index = try TaskIndex(folder: Fixtures.tasks("harness"))
    #expect(index.problems.isEmpty)
    #expect(index.names.count >= 5)
    for name in index.names {
      #expect(try index.tasks(named: name).map(\.name) == [name])
    }
    for group in index.names(.group) {
      #expect(try index.find([group]).groups.map(\.name) == [group])
    }
  }

  @Test func localKeysWinOverIncludedOnes() throws {
    let folder = try TemporaryFolder([
      "shared/base": Self.quiz + "tag: sea\nmetadata: {version: 2.0}\n",
      "shared/middle.yaml": "include: base\ntarget_delimiter: \"\"\ntask: middle\n",
      "a/isles.yaml": "include: [../shared/middle.yaml]\ntask: north\nmetadata: {version: 3}\n",
      "group.yaml": "group: seas\ntask: [north, middle]\n",
    ])
    let index = try TaskIndex(folder: folder.path)
    #expect(index.names == ["middle", "north"])
    #expect(try index.tasks(named: "seas").map(\.version) == ["3", "2.0"])
    #expect(try index.tasks(named: "sea").map(\.name).sorted() == ["middle", "north"])
    let error = #expect(throws: TaskError.self) { try index.tasks(named: "nort") }
    #expect(error?.description.contains("did you mean 'north'?") == true)
  }

  @Test func includeCycleNamesTheFiles() throws {
    let message = try problem([
      "isles.yaml": "include: b.yaml\n", "b.yaml": "include: isles.yaml\n",
    ])
    #expect(message.contains("b.yaml →") && message.contains("include each other"))
    #expect(
      try problem(["isles.yaml": "include: none.yaml\n"]).contains("none.yaml: cannot be read"))
  }

  /// Lines added to a good file, and what the message must contain.
  static let mistakes: [(String, [String])] = [
    (
      "doc_to_txt: x\n",
      [":8:", "unknown key 'doc_to_txt'", "did you mean 'doc_to_text'?", "metric_list"]
    ),
    ("process_docs: !function utils.tidy\n", [":8:", "!function utils.tidy", "process_docs"]),
    (
      "metric_list: [{metric: acc_nrm}]\n",
      ["unknown metric 'acc_nrm'", "did you mean 'acc_norm'?"]
    ),
    (
      "metric_list: [{metric: acc, aggregation: f1}]\n",
      ["cannot be aggregated by 'f1'", "mean, median, nanmean, perplexity"]
    ),
    ("metric_list: [{metric: acc_all}]\n", ["'acc_all' is not supported: it needs"]),
    ("metric_list: [{metric: !function utils.f1}]\n", [":8:", "'!function utils.f1'"]),
    ("metric_list: [{metric: acc, hf_evaluate: true}]\n", ["only exact_match is"]),
    ("metric_list: [{metric: acc, agregation: mean}]\n", ["unknown key 'agregation'"]),
    ("num_fewshot: many\n", ["'num_fewshot' must be a whole number"]),
    ("fewshot_config: {sampler: last_n}\n", ["unknown sampler 'last_n'", "first_n"]),
    ("fewshot_config: {smpler: first_n}\n", ["unknown key 'smpler'", "did you mean 'sampler'?"]),
    ("description: \"{{ island | shout }}\"\n", [":8: description, line 1, column 13", "'shout'"]),
    ("filter_list: [{name: x}]\n", ["the keys 'name' and 'filter'"]),
    (
      "filter_list: [{name: x, filter: [{function: regex}]}]\n",
      ["answers of multiple_choice are log-likelihoods"]
    ),
    ("- x\n", [":8:", "YAML"]),
    (
      "generation_kwargs: {beams: 3}\noutput_type: generate_until\n",
      ["'beams' is not supported", "top_p"]
    ),
    (
      "output_type: generate_until\ngeneration_kwargs: {temperature: hot}\n",
      ["'temperature' must be a number"]
    ),
    ("class: !function task.Isles\n", ["'class': the task is a Python class"]),
  ]

  @Test(arguments: mistakes)
  func mistakesAreNamedWithTheirPlace(addition: String, parts: [String]) throws {
    let message = try problem(["isles.yaml": Self.quiz + addition])
    for part in parts { #expect(message.contains(part), "\(message)") }
  }

  @Test func allProblemsAreReportedAtOnce() throws {
    let message = try problem([
      "isles.yaml": "task: isles\noutput_type: multiple\ndoc_to_text: \"{{ a\"\ncolour: blue\n"
        + "doc_to_choice: [yes, no]\n"
    ])
    let parts = [
      "unknown output_type 'multiple'", "never closed", "unknown key 'colour'",
      "'dataset_path' is missing", "neither 'test_split'", "'doc_to_target' is missing",
      "put it in quotes",
    ]
    for part in parts { #expect(message.contains(part), "\(part) is not in \(message)") }
  }

  /// `generation_kwargs`, and what they mean.
  @Test(arguments: [
    ("", GenerationPlan(stops: ["\n\n"])),
    (
      "generation_kwargs: {until: stop, max_gen_toks: 5, max_new_tokens: 9}\n",
      GenerationPlan(stops: ["stop"], maximumTokens: 5)
    ),
    (
      "generation_kwargs: {temperature: 0.5, top_p: 0.9, top_k: 4}\nfewshot_delimiter: ';'\n",
      GenerationPlan(stops: [";"], temperature: 0.5, topP: 0.9, topK: 4)
    ),
    (
      "generation_kwargs: {until: [], do_sample: false, temperature: '1.0'}\n",
      GenerationPlan(stops: [])
    ),
    (
      "generation_kwargs: {do_sample: true, top_k: 0, num_beams: 1}\n",
      GenerationPlan(stops: ["\n\n"], temperature: 1)
    ),
  ])
  func generation(lines: String, plan: GenerationPlan) throws {
    let task = try EvaluatorTests.task(
      "doc_to_text: q\ndoc_to_target: a\nrepeats: 3\n" + lines, type: "generate_until")
    #expect(task.generation == plan)
    #expect(task.repeats == 3)
  }
}

@Suite struct TaskNameTests {
  static let body = """
    dataset_path: isles
    test_split: test
    output_type: generate_until
    doc_to_text: "{{q}}"
    doc_to_target: "{{a}}"

    """

  @Test(arguments: [
    "../../../../X", "a/b", "..", ".hidden", "a\\tb", "", String(repeating: "a", count: 300),
  ])
  func namesThatWouldBePathsAreRefused(name: String) throws {
    let folder = try TemporaryFolder(["t.yaml": "task: \"\(name)\"\n" + Self.body])
    let error = #expect(throws: TaskError.self) {
      try EvaluationTask(TaskFile(path: folder.file("t.yaml")))
    }
    #expect(
      error?.description.contains("t.yaml:1: the name '") == true, "\(error?.description ?? "")")
  }

  @Test func groupsToo() throws {
    let folder = try TemporaryFolder([
      "g.yaml": "group: ../g\ntask: [t]\n", "t.yaml": "task: t\n" + Self.body,
    ])
    let index = try TaskIndex(folder: folder.path)
    #expect(throws: TaskError.self) { try index.select(["../g"]) }
    #expect(try index.select(["t"]).tasks.map(\.name) == ["t"])
  }
}
