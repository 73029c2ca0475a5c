import Foundation
import LanguageModels
import TestSupport
import Testing

/// Byte-pair tokenizers against ids by Hugging Face's library, one component changed at a time.
@Suite struct TokenizerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    struct Row {
      let text: String
      let ids: [Int]
      let prefix: Int
      let decoded: String
    }

    let index: Int
    let testDescription: String

    private func json() throws -> [String: Any] {
      let cases = try Fixtures.json("tokenizers/bpe-cases.json")["cases"] as? [[String: Any]]
      return try #require(cases)[index]
    }

    static let all: [Case] = {
      let cases = try? Fixtures.json("tokenizers/bpe-cases.json")["cases"] as? [[String: Any]]
      return (cases ?? []).enumerated().map {
        Case(index: $0, testDescription: $1["name"] as? String ?? "")
      }
    }()

    func rows() throws -> [Row] {
      try #require(try json()["rows"] as? [[String: Any]]).map { row in
        Row(
          text: try #require(row["text"] as? String), ids: try #require(row["ids"] as? [Int]),
          prefix: try #require(row["prefix"] as? Int),
          decoded: try #require(row["decoded"] as? String))
      }
    }

    /// tokenizer.json with this case's changes.
    func tokenizer() throws -> any Tokenizer {
      var file = try Fixtures.json("tokenizers/bpe/tokenizer.json")
      var model = try #require(file["model"] as? [String: Any])
      for (key, change) in try #require(try json()["changes"] as? [String: Any]) {
        switch key {
        case "model": model.merge(try #require(change as? [String: Any])) { $1 }
        case "vocab", "merges": model[key] = change
        default: file[key] = change
        }
      }
      file["model"] = model
      let folder = try TemporaryFolder()
      try folder.write("tokenizer.json", [UInt8](JSONSerialization.data(withJSONObject: file)))
      return try TokenizerLoader.load(path: folder.path)
    }
  }

  @Test(arguments: Case.all)
  func component(_ example: Case) throws {
    let tokenizer = try example.tokenizer()
    for row in try example.rows() {
      #expect(
        try tokenizer.encode(row.text, addSpecial: false) == row.ids, "\(row.text.debugDescription)"
      )
      #expect(
        try tokenizer.encode(row.text, addSpecial: true).dropFirst(row.prefix).prefix(row.ids.count)
          == row.ids[...])
      let decoded = try tokenizer.decode(row.ids, skipSpecial: true)
      #expect(Array(decoded.utf8) == Array(row.decoded.utf8), "\(row.text.debugDescription)")
    }
  }

  private func base() throws -> any Tokenizer {
    try TokenizerLoader.load(path: Fixtures.path("tokenizers/bpe"))
  }

  @Test func specialTokens() throws {
    let tokenizer = try base()
    #expect(tokenizer.vocabularySize == 482)
    #expect(tokenizer.beginID == 0 && tokenizer.endID == 1 && tokenizer.addsBegin)
    #expect(try tokenizer.encode("", addSpecial: true) == [0])
    let ids = try tokenizer.encode("<|begin|>ship<|end|>", addSpecial: false)
    #expect(ids.first == 0 && ids.last == 1)
    #expect(try tokenizer.decode(ids, skipSpecial: true) == "ship")
    #expect(try tokenizer.decode(ids, skipSpecial: false) == "<|begin|>ship<|end|>")
    #expect(try tokenizer.decode([-1, 482, .max, .min] + ids, skipSpecial: true) == "ship")
  }

  @Test func vocabularyAndMergesFiles() throws {
    let file = try Fixtures.json("tokenizers/bpe/tokenizer.json")
    let model = try #require(file["model"] as? [String: Any])
    let merges = try #require(model["merges"] as? [[String]])
    let folder = try TemporaryFolder()
    try folder.write(
      "vocab.json", [UInt8](JSONSerialization.data(withJSONObject: try #require(model["vocab"]))))
    try folder.write(
      "merges.txt", "#version: 0.2\n" + merges.map { $0.joined(separator: " ") + "\n" }.joined())
    try folder.write(
      "tokenizer_config.json", #"{"bos_token": "<|begin|>", "eos_token": "<|end|>"}"#)
    let tokenizer = try TokenizerLoader.load(path: folder.path)
    let text = "<|begin|>The ships, 1987:\n\n they'll pass<|end|>"
    #expect(
      try tokenizer.encode(text, addSpecial: true) == (base().encode(text, addSpecial: false)))
    #expect(tokenizer.beginID == 0 && tokenizer.endID == 1 && !tokenizer.addsBegin)
  }

  @Test(arguments: [
    ("The keeper", " wrote", "The keeper", " wrote"),
    ("The keeper \n", "wrote", "The keeper", " \nwrote"),
    ("a\u{1D}\u{2003}", "b", "a", "\u{1D}\u{2003}b"),
  ])
  func pairs(
    _ context: String, _ continuation: String, _ kept: String, _ scored: String
  ) throws {
    let tokenizer = try base()
    let plain = try tokenizer.encodePair(
      context: context, continuation: continuation, addBegin: false, prefixID: 1)
    #expect(try plain.context == tokenizer.encode(kept, addSpecial: false))
    #expect(
      try plain.context + plain.continuation == tokenizer.encode(kept + scored, addSpecial: false))
    let begun = try tokenizer.encodePair(
      context: context, continuation: continuation, addBegin: true, prefixID: 1)
    #expect(begun.context == [0] + plain.context)
    #expect(begun.continuation == plain.continuation)
  }

  @Test func pairsWithoutContext() throws {
    let tokenizer = try base()
    let ids = try tokenizer.encode("ships", addSpecial: false)
    for text in ["ships", "<|begin|>ships"] {
      let pair = try tokenizer.encodePair(
        context: "", continuation: text, addBegin: true, prefixID: 0)
      #expect(pair.context == [0] && pair.continuation == ids)
    }
    let begun = try tokenizer.encodePair(
      context: "<|begin|>a", continuation: "b", addBegin: true, prefixID: 0)
    #expect(begun.context.count { $0 == 0 } == 1)
    // Spaces alone leave no context either.
    let spaces = try tokenizer.encodePair(
      context: " ", continuation: "ship", addBegin: false, prefixID: 1)
    #expect(
      try spaces.context == [1]
        && spaces.continuation == tokenizer.encode(" ship", addSpecial: false))
  }

  /// A quadratic algorithm would take minutes.
  @Test(.timeLimit(.minutes(1))) func longWords() throws {
    let tokenizer = try base()
    let word = String(repeating: "theship", count: 30_000)
    let ids = try tokenizer.encode(word, addSpecial: false)
    #expect(try tokenizer.decode(ids, skipSpecial: true) == word)
  }

  @Test func manyThreads() async throws {
    let tokenizer = try base()
    let texts = (0..<200).map { "ship number \($0 % 17) passed the lighthouse" }
    let expected = try texts.map { try tokenizer.encode($0, addSpecial: false) }
    try await withThrowingTaskGroup(of: (Int, [Int]).self) { group in
      for (index, text) in texts.enumerated() {
        group.addTask { (index, try tokenizer.encode(text, addSpecial: false)) }
      }
      for try await (index, ids) in group { #expect(ids == expected[index]) }
    }
  }
}
