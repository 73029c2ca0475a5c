import Foundation
import TestSupport
import Testing

/// `tokenize`, `loglikelihood`, `generate` and `classify` against transformers and tokenizers.
@Suite struct AnswerCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs a command on `rows`, one JSON object a line.
  private func answers(_ command: [String], _ rows: [[String: Any]]) throws -> [[String: Any]] {
    let lines = try rows.map { row in
      String(decoding: try JSONSerialization.data(withJSONObject: row), as: UTF8.self) + "\n"
    }
    try folder.write("rows.jsonl", lines.joined())
    let tool = try Tool(command + ["--input", "rows.jsonl"], in: folder.path)
    #expect(tool.status == 0, "\(tool.errors)")
    let answers = try tool.rows
    try #require(answers.count == rows.count)
    return answers
  }

  @Test func tokenizeGivesTheLibrarysIDs() throws {
    let cases = try #require(
      try Fixtures.json("tokenizers/bpe-cases.json")["cases"] as? [[String: Any]])
    let rows = try #require(cases.first?["rows"] as? [[String: Any]])
    #expect(cases.first?["name"] as? String == "plain" && rows.count > 3)
    let answers = try answers(
      ["tokenize", "--model", Fixtures.path("tokenizers/bpe")],
      rows.map { ["text": $0["text"] ?? ""] })
    for (answer, row) in zip(answers, rows) {
      #expect(answer["ids"] as? [Int] == row["ids"] as? [Int], "\(row)")
    }
  }

  @Test(arguments: ["tiny-llama", "tiny-mistral"])
  func loglikelihoodGivesTransformersSums(model: String) throws {
    let reference = try #require(
      try Fixtures.json("goldens/reference.json")[model] as? [String: Any])
    let rows = try #require(reference["loglikelihood"] as? [[String: Any]])
    let answers = try answers(
      ["loglikelihood", "--model", Fixtures.path("goldens/\(model)"), "--batch-tokens", "8"],
      rows.map {
        ["context_ids": $0["context"] ?? [], "continuation_ids": $0["continuation"] ?? []]
      })
    for (answer, row) in zip(answers, rows) {
      expectClose(
        answer["loglikelihood"] as? Double ?? .nan, row["loglikelihood"] as? Double ?? 0,
        absolute: 1e-4, "\(row)")
      #expect(answer["is_greedy"] as? Bool == row["is_greedy"] as? Bool)
      #expect(answer["tokens"] as? Int == (row["continuation"] as? [Int])?.count)
    }
  }

  @Test(arguments: ["tiny-llama", "tiny-mistral"])
  func generateGivesTransformersContinuations(model: String) throws {
    let reference = try #require(
      try Fixtures.json("goldens/reference.json")[model] as? [String: Any])
    let rows = try #require(reference["greedy"] as? [[String: Any]])
    let answers = try answers(
      [
        "generate", "--model", Fixtures.path("goldens/\(model)"), "--ignore-end", "--max-tokens",
        "20",
      ], rows.map { ["prompt_ids": $0["prompt"] ?? []] })
    for (answer, row) in zip(answers, rows) {
      #expect(answer["ids"] as? [Int] == row["continuation"] as? [Int], "\(row)")
    }
  }

  @Test func classifyGivesTransformersLogits() throws {
    let reference = try Fixtures.json("mini-roberta/reference.json")
    let texts = try #require(reference["texts"] as? [String])
    let textIDs = try #require(reference["text_ids"] as? [[Int]])
    let ids = try #require(reference["rows"] as? [[Int]])
    let logits = try #require(reference["logits"] as? [[Double]])
    let command = ["classify", "--model", Fixtures.path("mini-roberta")]
    let answers = try answers(command, ids.map { ["ids": $0] })
    for (answer, expected) in zip(answers, logits) {
      expectClose(
        (answer["logits"] as? [Double] ?? []).map { Float($0) }, expected.map { Float($0) },
        absolute: 1e-5)
      let best = try #require(expected.indices.max { expected[$0] < expected[$1] })
      #expect(answer["label"] as? String == ["kind", "unkind", "unsure"][best])
    }
    // Texts are judged as the ids that transformers' tokenizer gives them.
    let byText = try self.answers(command, texts.map { ["text": $0] })
    let byIDs = try self.answers(command, textIDs.map { ["ids": $0] })
    for (one, other) in zip(byText, byIDs) {
      #expect(one["logits"] as? [Double] == other["logits"] as? [Double])
    }
    try folder.write("rows.jsonl", "{\"text\": \"abc\", \"ids\": [0]}\n")
    let wrong = try Tool(command + ["--input", "rows.jsonl"], in: folder.path)
    #expect(wrong.status == 2 && wrong.errors.contains("rows.jsonl:1"), "\(wrong.errors)")
  }
}
