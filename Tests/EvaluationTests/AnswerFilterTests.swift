import Formats
import Foundation
import PythonText
import TestSupport
import Testing

@testable import Evaluation

/// Compares answer filters with lm-evaluation-harness 0.4.13.
///
/// A row is `{"steps", "responses", "choices", "result"}`: the steps of one pipeline, the texts of
/// one document, its choices if it has any, and what is left of the texts; `result` is null where
/// the harness raises an error. More such files may be named by SPUNGE_FILTER_CASES.
@Suite struct AnswerFilterTests {
  static let files =
    [Fixtures.path("filters.jsonl")]
    + (ProcessInfo.processInfo.environment["SPUNGE_FILTER_CASES"].map { [$0] } ?? [])

  /// The pipelines of a task with this line, and everything that is wrong with them.
  private func read(_ line: String) throws -> (pipelines: [FilterPipeline], problems: [String]) {
    let folder = try TemporaryFolder(["t.yaml": "task: t\n\(line)\n"])
    var reader = TaskReader(try TaskFile(path: folder.file("t.yaml")), profile: .current)
    let pipelines = reader.filterPipelines(for: .generateUntil)
    return (pipelines, reader.problems)
  }

  @Test(arguments: files) func agreesWithTheHarness(file: String) throws {
    let rows = try DocumentFile.read(file)
    #expect(rows.count > 50)
    var pipelines: [String: FilterPipeline] = [:]
    for row in rows {
      let steps = try #require(row["steps"]).pythonJSON()
      if pipelines[steps] == nil {
        let (read, problems) = try read("filter_list: [{name: x, filter: \(steps)}]")
        #expect(problems.isEmpty)
        pipelines[steps] = read.first
      }
      let texts = row["responses"]?.items?.map(\.text) ?? []
      let document = Document(row["choices"].map { [("choices", $0)] } ?? [])
      var (result, problem) = (Value.none, "")
      do {
        result = try #require(pipelines[steps]).apply(texts, document)
      } catch {
        problem = "\(error)"
      }
      #expect(result == row["result"], "\(steps) on \(texts) \(problem)")
    }
  }

  @Test func withoutFilterListTheFirstAnswerIsTaken() throws {
    let (pipelines, problems) = try read("output_type: generate_until")
    #expect(problems.isEmpty && pipelines.map(\.name) == ["none"])
    let documents = [Document([]), Document([])]
    #expect(
      try pipelines[0].apply([["a", "b"], ["c"]], documents: documents) == [["a"], ["c"]])
  }

  /// What stands behind `filter_list:`, and what the message must contain.
  static let mistakes: [(String, [String])] = [
    ("[{name: x}]", [":2:", "needs the keys 'name' and 'filter'"]),
    ("[]", ["names no pipeline"]),
    ("[{name: x, filter: [{}]}]", ["needs the key 'function'"]),
    (
      "[{name: x, filter: [{function: lowercas}]}]",
      [":2:", "unknown filter 'lowercas'", "did you mean 'lowercase'?", "take_first_k"]
    ),
    ("[{name: x, filter: [{function: custom}]}]", ["'custom'", "runs a Python function"]),
    ("[{name: x, filter: [{function: decontaminate}]}]", ["'decontaminate'", "does nothing"]),
    ("[{name: x, filter: [{function: !function u.f}]}]", ["no built-in", "!function u.f"]),
    (
      "[{name: x, filter: [{function: regex, regex_patern: a}]}]",
      ["unknown key 'regex_patern'", "did you mean 'regex_pattern'?"]
    ),
    (
      "[{name: x, filter: [{function: regex, regex_pattern: '(a'}]}]",
      ["regex", "'(a' is not a usable regular expression", "missing )"]
    ),
    ("[{name: x, filter: [{function: regex, group_select: one}]}]", ["'group_select'", "whole"]),
    ("[{name: x, filter: [{function: take_first_k}]}]", ["needs the key 'k'"]),
    ("[{name: x, filter: [{function: map, mapping_dict: [1]}]}]", ["mapping_dict"]),
  ]

  @Test(arguments: mistakes) func mistakesAreNamed(settings: String, parts: [String]) throws {
    let problems = try read("filter_list: \(settings)").problems.joined(separator: "\n")
    for part in parts { #expect(problems.contains(part), "\(problems)") }
  }

  @Test func tooFewAnswersAreAnError() throws {
    let (pipelines, _) = try read(
      "filter_list: [{name: x, filter: [{function: take_first_k, k: 3}]}]")
    let error = #expect(throws: TemplateFault.self) {
      try pipelines[0].apply([["a", "b"]], documents: [Document([])])
    }
    #expect(error?.message.contains("raise 'repeats'") == true)
  }
}
