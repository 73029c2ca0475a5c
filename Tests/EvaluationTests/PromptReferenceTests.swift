import Formats
import Foundation
import TestSupport
import Testing

@testable import PythonText
@testable import Evaluation

/// Prompts of invented tasks, and their few-shot draws, as lm-evaluation-harness puts them together.
@Suite struct PromptReferenceTests {
  @Test(arguments: HarnessReferences.files) func prompts(file: String) throws {
    let section = try #require(try HarnessReferences.cases("prompts", of: file).first)
    func lines(_ split: String) -> String {
      (section[split]?.items ?? []).map { $0.json() + "\n" }.joined()
    }
    let tasks = (section["tasks"]?.items ?? []).compactMap(\.mapping)
    #expect(tasks.count > 15)
    for reference in tasks {
      let name = reference["name"]?.text ?? ""
      let folder = try TemporaryFolder([
        "task.yaml": reference["yaml"]?.text ?? "", "isles/train.jsonl": lines("train"),
        "isles/test.jsonl": lines("test"),
      ])
      let task = try EvaluationTask(TaskFile(path: folder.file("task.yaml")))
      let seed = UInt64(reference["seed"]?.integerValue ?? 0)
      let settings = EvaluationSettings(seed: seed)
      let evaluator = try Evaluator(
        task: task,
        documents: TaskDocuments.load(task, root: folder.path, settings: settings),
        settings: settings)
      let expected = (reference["requests"]?.items ?? []).map { requests in
        (requests.items ?? []).map { ($0.items ?? []).map(\.text) }
      }
      #expect(expected.count == 4)
      let own = evaluator.questions.map(HarnessReferences.requests)
      #expect(own == expected, "\(name)")
    }
  }
}
