import Foundation
import LanguageModels
import TestSupport
import Testing

/// Ids against those of Hugging Face's tokenizers and Google's SentencePiece, where the environment
/// names folders with the reference values and the tokenizers.
@Suite(.enabled(if: Fixtures.external("SPUNGE_GOLDENS") != nil))
struct TokenizerGoldenTests {
  static let goldens = Fixtures.external("SPUNGE_GOLDENS")
  static let models = Fixtures.external("SPUNGE_MODELS")

  /// A tokenizer file and its column of tokenizers.json.
  struct Column: Sendable, CustomTestStringConvertible {
    let prefix: String
    let path: String
    var addSpecial = false
    var testDescription: String { prefix }
  }

  static var columns: [Column] {
    guard let goldens else { return [] }
    let tokenizers = goldens.deletingLastPathComponent().appending(path: "tokenizers")
    let inRepository = [
      Column(prefix: "smollm2", path: tokenizers.appending(path: "smollm2-135m-instruct").path),
      Column(
        prefix: "roberta-base", path: tokenizers.appending(path: "roberta-base").path,
        addSpecial: true),
      Column(prefix: "llama-2", path: tokenizers.appending(path: "llama-2/tokenizer.model").path),
    ]
    guard let models else { return inRepository }
    return inRepository + [
      Column(prefix: "mistral", path: models.appending(path: "tokenizer.model.v1").path),
      Column(
        prefix: "smollm2",
        path: models.appending(path: "SmolLM2-135M-Instruct.Q4_1.gguf").path),
    ]
  }

  static func json(_ relative: String) throws -> [String: Any] {
    let data = try Data(contentsOf: try #require(goldens).appending(path: relative))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test(arguments: columns)
  func everyText(_ column: Column) throws {
    let golden = try Self.json("tokenizers.json")
    let texts = try #require(golden["texts"] as? [String])
    let key = try #require(golden.keys.first { $0.hasPrefix(column.prefix) })
    let expected = try #require(golden[key] as? [[Int]])
    let tokenizer = try TokenizerLoader.load(path: column.path)
    #expect(texts.count == 68)
    for (text, ids) in zip(texts, expected) {
      #expect(
        try tokenizer.encode(text, addSpecial: column.addSpecial) == ids, "\(text.debugDescription)"
      )
      // Google's normaliser and special tokens in text cannot be undone.
      if key.contains("SentencePiece") || text.contains("<") { continue }
      #expect(try tokenizer.decode(ids, skipSpecial: true) == text)
    }
  }

  @Test func stories() throws {
    let golden = try Self.json("stories260K/golden.json")
    let folder = try #require(Self.goldens).appending(path: "stories260K").path
    let tokenizer = try TokenizerLoader.load(path: folder)
    #expect(tokenizer.addsBegin && tokenizer.vocabularySize == 512)
    for text in try #require(golden["texts"] as? [[String: Any]]) {
      let ids = try tokenizer.encode(try #require(text["text"] as? String), addSpecial: true)
      #expect(ids == text["ids"] as? [Int])
    }
    for pair in try #require(golden["loglikelihood"] as? [[String: Any]]) {
      let (context, continuation) = try tokenizer.encodePair(
        context: try #require(pair["context"] as? String),
        continuation: try #require(pair["continuation"] as? String), addBegin: true, prefixID: 1)
      // The reference does not count the begin token.
      #expect(context.count - 1 == pair["n_context_tokens"] as? Int)
      #expect(continuation == pair["continuation_ids"] as? [Int])
    }
  }

  @Test func llama2Pairs() throws {
    let golden = try Self.json("../GOLDEN.json")
    let path = try #require(Self.columns.first { $0.prefix == "llama-2" }).path
    let tokenizer = try TokenizerLoader.load(path: path)
    for pair in try #require(golden["encode_pair_llama2"] as? [[String: Any]]) {
      let (context, continuation) = try tokenizer.encodePair(
        context: try #require(pair["ctx"] as? String),
        continuation: try #require(pair["cont"] as? String),
        addBegin: try #require(pair["bos"] as? Bool), prefixID: 1)
      #expect(context == pair["ctx_ids"] as? [Int], "\(pair)")
      #expect(continuation == pair["cont_ids"] as? [Int], "\(pair)")
    }
    for row in try #require(golden["llama2_encode"] as? [[String: Any]]) {
      let text = try #require(row["text"] as? String)
      #expect(try tokenizer.encode(text, addSpecial: false) == row["ids"] as? [Int], "\(row)")
    }
  }
}
