import Foundation
import LanguageModels
import TestSupport
import Testing

/// Tokens that no file names, but the tokenizer's class; ids by transformers 5.24's AutoTokenizer.
@Suite struct TokenizerClassTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var configuration: String?
    var model: String?
    /// New names of the first tokens of the vocabulary.
    var names = [1: "<|endoftext|>"]
    var isMetaspace = false
    var text = "a<|endoftext|>b"
    let ids: [Int]
    /// The same with what goes around texts.
    var special: [Int]?
    var begin: Int?
    var end: Int?

    var testDescription: String { "\(configuration ?? "") \(model ?? "") \(names)" }
  }

  private static let pieces = [66, 29, 93, 70, 275, 80, 71, 267, 89, 85, 93, 31, 67]
  private static let llama = [0: "<unk>", 1: "<s>", 2: "</s>"]
  private static let roberta = [0: "<s>", 1: "<pad>", 2: "</s>", 3: "<unk>", 4: "<mask>"]

  static let cases = [
    Case(
      configuration: #"{"tokenizer_class": "GPT2TokenizerFast"}"#, ids: [66, 1, 67], begin: 1,
      end: 1),
    Case(
      configuration: #"{"tokenizer_class": "GPT2Tokenizer"}"#, names: [:], ids: [66, 482, 67],
      begin: 482, end: 482),
    Case(
      configuration: #"{"tokenizer_class": "GPT2Tokenizer", "eos_token": null}"#, ids: [66, 1, 67],
      begin: 1),
    Case(model: "gpt2", ids: [66, 1, 67], begin: 1, end: 1),
    Case(configuration: #"{"tokenizer_class": "PreTrainedTokenizerFast"}"#, ids: pieces),
    Case(configuration: #"{"tokenizer_class": "Qwen2Tokenizer"}"#, ids: [66, 1, 67], end: 1),
    Case(
      configuration: #"{"tokenizer_class": "PreTrainedTokenizerFast"}"#, model: "qwen2",
      ids: [66, 1, 67], end: 1),
    Case(configuration: #"{"tokenizer_class": "Qwen2Tokenizer"}"#, model: "mistral", ids: pieces),
    Case(
      configuration: #"{"tokenizer_class": "LlamaTokenizer"}"#, names: llama, isMetaspace: true,
      text: "a<s>b</s>", ids: [66, 1, 67, 2], begin: 1, end: 2),
    Case(
      configuration: #"{"tokenizer_class": "LlamaTokenizer"}"#, names: llama, text: "a<s>b</s>",
      ids: [66, 29, 84, 31, 67, 29, 16, 84, 31]),
    Case(
      configuration: #"{"tokenizer_class": "RobertaTokenizer"}"#, names: roberta,
      text: "a<s>b</s><unk>", ids: [66, 0, 67, 2, 3], special: [0, 66, 0, 67, 2, 3, 2], begin: 0,
      end: 2),
  ]

  private func load(_ example: Case) throws -> any Tokenizer {
    var file = try Fixtures.json("tokenizers/bpe/tokenizer.json")
    var model = try #require(file["model"] as? [String: Any])
    let vocabulary = try #require(model["vocab"] as? [String: Int])
    var gone: Set<String> = []
    model["vocab"] = Dictionary(
      uniqueKeysWithValues: vocabulary.map { token, id in
        if example.names[id] != nil { gone.insert(token) }
        return (example.names[id] ?? token, id)
      })
    let merges = try #require(model["merges"] as? [[String]])
    model["merges"] = merges.filter { gone.isDisjoint(with: $0 + [$0.joined()]) }
    file["model"] = model
    let added = try #require(file["added_tokens"] as? [[String: Any]])
    file["added_tokens"] = added.filter { ($0["id"] as? Int ?? 0) >= 480 }
    file["post_processor"] = NSNull()
    if example.isMetaspace {
      file["pre_tokenizer"] = ["type": "Metaspace", "prepend_scheme": "always", "split": false]
    }
    let folder = try TemporaryFolder()
    try folder.write("tokenizer.json", [UInt8](JSONSerialization.data(withJSONObject: file)))
    if let text = example.configuration { try folder.write("tokenizer_config.json", text) }
    if let type = example.model { try folder.write("config.json", #"{"model_type": "\#(type)"}"#) }
    return try TokenizerLoader.load(path: folder.path)
  }

  @Test(arguments: cases) func beside(_ example: Case) throws {
    let tokenizer = try load(example)
    #expect(try tokenizer.encode(example.text, addSpecial: false) == example.ids)
    #expect(
      try tokenizer.encode(example.text, addSpecial: true) == example.special ?? example.ids)
    #expect(tokenizer.beginID == example.begin && tokenizer.endID == example.end)
  }

  /// vocab.json and merges.txt are cut as the class does it, and bytes without a token are left out.
  @Test func vocabularyAndMerges() throws {
    let folder = try TemporaryFolder()
    let tokens = ["1", "2", "12", "\u{120}", "it", "'", "s", "'s", "i", "t", "<|endoftext|>"]
    let entries = tokens.enumerated().map { #""\#($1)": \#($0)"# }
    try folder.write("vocab.json", "{\(entries.joined(separator: ", "))}")
    try folder.write("merges.txt", "#version: 0.2\n1 2\ni t\n' s\n")
    func ids(_ name: String) throws -> [Int] {
      try folder.write("tokenizer_config.json", #"{"tokenizer_class": "\#(name)"}"#)
      return try TokenizerLoader.load(path: folder.path)
        .encode("12 it's?<|endoftext|>", addSpecial: false)
    }
    #expect(try ids("GPT2Tokenizer") == [2, 3, 4, 7, 10])
    #expect(try ids("Qwen2Tokenizer") == [0, 1, 3, 4, 7, 10])
  }
}
