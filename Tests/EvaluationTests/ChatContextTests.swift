import Evaluation
import Formats
import Foundation
import PythonText
import TestSupport
import Testing

/// Whole prompts against lm-evaluation-harness 0.4.13 (Tests/HarnessParity/chat_contexts.py): with
/// and without chat templates, system instructions, prefixes of answers, few-shot turns.
@Suite struct ChatContextTests {
  static func document(_ index: Int) -> Document {
    let newlines = String(repeating: "\n", count: index % 2)
    return Document([
      ("question", .string("What lies off pier \(index)?" + newlines)),
      ("options", .list([.string("a reef\(index)"), .string("the long grey bay")])),
      ("answer", .integer(index % 2)), ("place", .string(["bay", "sound", "isle"][index % 3])),
    ])
  }

  @Test func agreeWithTheHarness() throws {
    let rows = try DocumentFile.read(
      Fixtures.path("chat_contexts.jsonl"))
    #expect(rows.count == 160)
    let documents = TaskDocuments(
      evaluated: (0..<2).map(Self.document), examples: (2..<6).map(Self.document))
    for row in rows {
      let folder = try TemporaryFolder([
        "piers.yaml": "task: piers\ndataset_path: sea/piers\n" + (row["task"]?.text ?? "")
      ])
      var settings = EvaluationSettings(
        fewShot: row["shots"]?.integerValue, systemInstruction: row["system"]?.stringValue)
      settings.chat = try row["template"]?.stringValue.map { source in
        ChatPrompts(
          template: try ChatTemplate(
            source, specialTokens: ["bos_token": "<s>", "eos_token": "</s>"], name: "piers"),
          fewShotAsMultiturn: row["multiturn"]?.isTrue == true)
      }
      let evaluator = try Evaluator(
        task: EvaluationTask(TaskFile(path: folder.file("piers.yaml"))), documents: documents,
        settings: settings)
      let question = evaluator.questions[try #require(row["document"]?.integerValue)]
      let requests: [[String]] =
        switch question.requests {
        case .logLikelihoods(let requests): requests.map { [$0.context, $0.continuation] }
        case .generation(let request): [[request.prompt, ""]]
        case .rollingLogLikelihood(let text): [[text]]
        }
      let expected = (row["requests"]?.items ?? []).map { ($0.items ?? []).map(\.text) }
      #expect(requests == expected, "\(row["task"]?.text ?? "")")
    }
  }
}
