import Foundation
import LanguageModels
import TestSupport
import Testing

/// What stands beside tokenizer.json, against ids by transformers.
@Suite struct TokenizerConfigurationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let index: Int
    let testDescription: String

    private static var list: [[String: Any]] {
      let file = try? Fixtures.json("tokenizers/configuration-cases.json")
      return file?["cases"] as? [[String: Any]] ?? []
    }

    static let all: [Case] = list.enumerated().map {
      Case(index: $0, testDescription: $1["name"] as? String ?? "")
    }

    var content: [String: Any] { Self.list[index] }
  }

  private func load(_ files: [String: Any]) throws -> any Tokenizer {
    let folder = try TemporaryFolder()
    try folder.write(
      "tokenizer.json",
      [UInt8](Data(contentsOf: URL(filePath: Fixtures.path("tokenizers/bpe/tokenizer.json")))))
    for (name, content) in files {
      try folder.write(name, [UInt8](JSONSerialization.data(withJSONObject: content)))
    }
    return try TokenizerLoader.load(path: folder.path)
  }

  @Test(arguments: Case.all)
  func files(_ example: Case) throws {
    let tokenizer = try load(try #require(example.content["files"] as? [String: Any]))
    let text = try #require(example.content["text"] as? String)
    #expect(try tokenizer.encode(text, addSpecial: false) == example.content["ids"] as? [Int])
    #expect(try tokenizer.encode(text, addSpecial: true) == example.content["special"] as? [Int])
  }

  private let name = "tokenizer_config.json"

  @Test func settingsThatDoNotCountAreNoted() throws {
    let tokenizer = try load([
      name: ["bos_token": "<|begin|>", "eos_token": "<|end|>", "add_bos_token": false]
    ])
    #expect(tokenizer.notes.count == 1)
    #expect(tokenizer.notes.first?.contains("add_bos_token") == true)
    let agreeing = try load([name: ["bos_token": "<|begin|>", "add_bos_token": true]])
    #expect(agreeing.notes.isEmpty)
  }

  @Test func inventedIDsAreNoted() throws {
    let tokenizer = try load([
      name: ["added_tokens_decoder": ["900": ["content": "<x>", "special": true]]]
    ])
    #expect(try tokenizer.encode("<x>", addSpecial: false) == [482])
    #expect(tokenizer.notes.first?.contains("the id 900") == true)
  }

  /// Digits stay together in the file, but not in the class.
  @Test func classesThatCutOtherwiseAreNoted() throws {
    #expect(try load([name: ["tokenizer_class": "GPT2Tokenizer"]]).notes.isEmpty)
    let notes = try load([name: ["tokenizer_class": "Qwen2TokenizerFast"]]).notes
    #expect(notes.first?.contains("tokenizer_class is Qwen2Tokenizer") == true, "\(notes)")
    let mistral: [String: Any] = [
      name: ["tokenizer_class": "GPT2Tokenizer", "add_prefix_space": true],
      "config.json": ["model_type": "mistral"],
    ]
    #expect(try load(mistral).notes.isEmpty)
  }

  @Test(arguments: [(512, 512), (1e30, nil), (7.0, 7)] as [(Double, Int?)])
  func longestText(_ written: Double, _ expected: Int?) throws {
    #expect(try load([name: ["model_max_length": written]]).maximumLength == expected)
  }

  @Test func wrongValues() throws {
    let values: [[String: Any]] = [
      ["model_max_length": -1], ["eos_token": 3], ["additional_special_tokens": [3]],
    ]
    for value in values {
      #expect(throws: TokenizerError.self) { try load([name: value]) }
    }
    #expect(throws: TokenizerError.self) { try load(["added_tokens.json": ["<x>": "y"]]) }
    #expect(throws: TokenizerError.self) { try load(["added_tokens.json": ["<x>": 3]]) }
  }

  @Test func addedTokensBesideSentencePiece() throws {
    let folder = try TemporaryFolder()
    let model = URL(filePath: Fixtures.path("tokenizers/sentencepiece/tokenizer.model"))
    try folder.write("tokenizer.model", [UInt8](Data(contentsOf: model)))
    try folder.write(name, #"{"bos_token": "<s>", "eos_token": "<jm>", "legacy": false}"#)
    try folder.write("added_tokens.json", #"{"<im>": 420, "<jm>": 421}"#)
    let tokenizer = try TokenizerLoader.load(path: folder.path)
    let ids = try tokenizer.encode("the ship<im><jm>", addSpecial: false)
    #expect(ids.suffix(2) == [420, 421] && tokenizer.endID == 421)
    #expect(tokenizer.vocabularySize == 422)
  }
}
