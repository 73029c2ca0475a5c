import Foundation
import LanguageModels
import TestSupport
import Testing

/// Files that are no tokenizers: an error says what is wrong, and nothing traps.
@Suite struct TokenizerErrorTests {
  private func message(_ files: [String: [UInt8]]) throws -> String {
    let folder = try TemporaryFolder()
    for (name, bytes) in files { try folder.write(name, bytes) }
    do {
      _ = try TokenizerLoader.load(path: folder.path)
      return ""
    } catch { return "\(error)" }
  }

  @Test(arguments: [
    (##"{"model": {"vocab": {"a": 0}}}"##, "'model.merges' is missing"),
    (##"{"model": {"merges": []}}"##, "'model.vocab' is missing"),
    (##"{}"##, "'model' is missing"), (##"[]"##, "not an object"),
    (##"{"model": {"vocab": {}, "merges": []}}"##, "no tokens"),
    (##"{"model": {"vocab": {"a": 0}, "merges": ["a b"]}}"##, "'model.merges[0]': 'b' is not in"),
    (##"{"model": {"vocab": {"a": 0, "b": 1}, "merges": [["a", "b"]]}}"##, "'ab' is not in"),
    (##"{"model": {"vocab": {"a": 0}, "merges": ["a"]}}"##, "two tokens"),
    (##"{"model": {"vocab": {"a": 0}, "merges": [["a"]]}}"##, "two tokens"),
    (##"{"model": {"vocab": {"a": 0}, "merges": [7]}}"##, "two tokens"),
    (##"{"model": {"vocab": {"a": -1}, "merges": []}}"##, "the id -1"),
    (##"{"model": {"vocab": {"a": 4611686018427387904}, "merges": []}}"##, "46116860184"),
    (##"{"model": {"vocab": {"a": 0.5}, "merges": []}}"##, "should be an id"),
    (##"{"model": {"vocab": {"a": 3, "b": 3}, "merges": []}}"##, "has the id 3, as 'a'"),
    (##"{"model": {"vocab": {"a": 3, "a": 4}, "merges": []}}"##, "twice"),
    (##"{"model": {"type": "Unigram", "vocab": []}}"##, "unsupported model 'Unigram'"),
    (##"{"model": {"vocab": {"a": 0}, "merges": [], "unk_token": "x"}}"##, "'x' is not in"),
    (##"{"model": {"vocab": {"a": 0}, "merges": [], "dropout": 0.1}}"##, "dropout"),
    (##"{"model": {"vocab": {"a": 0}, "merges": [], "end_of_word_suffix": "</w>"}}"##, "</w>"),
  ])
  func tokenizerFile(_ text: String, _ expected: String) throws {
    let message = try message(["tokenizer.json": Array(text.utf8)])
    #expect(message.contains(expected), "\(message)")
    #expect(message.contains("tokenizer.json"))
  }

  @Test(arguments: [
    (##""normalizer": {"type": "Bert"}"##, "normalizer 'Bert'"),
    (##""pre_tokenizer": {"type": "Whitespace"}"##, "pre-tokenizer 'Whitespace'"),
    (##""decoder": {"type": "WordPiece"}"##, "decoder 'WordPiece'"),
    (##""post_processor": {"type": "Odd"}"##, "post-processor 'Odd'"),
    (##""pre_tokenizer": {"type": "Split", "behavior": "No"}"##, "behavior 'No'"),
    (
      ##""pre_tokenizer": {"type": "Split", "behavior": "Removed", "pattern": {"Regex": "("}}"##,
      "not a regular expression that Oniguruma reads"
    ),
    (##""added_tokens": [{"id": -5, "content": "x"}]"##, "-5"),
    (##""added_tokens": [{"id": 9223372036854775807, "content": "x"}]"##, "92233720368"),
    (##""added_tokens": [{"id": 0, "content": "x"}]"##, "stands for 'x' and for 'a'"),
    (##""added_tokens": [{"content": "x"}]"##, "id' is missing"),
    (
      ##""post_processor": {"type": "RobertaProcessing", "cls": ["a", 9], "sep": ["a", 0]}"##,
      "names an id"
    ),
    (##""decoder": {"type": "Strip", "content": " ", "start": 99999999999, "stop": 0}"##, "1024"),
  ])
  func components(_ member: String, _ expected: String) throws {
    let text = #"{"model": {"vocab": {"a": 0}, "merges": []}, \#(member)}"#
    let message = try message(["tokenizer.json": Array(text.utf8)])
    #expect(message.contains(expected), "\(message)")
  }

  /// Every way to cut a file short gives an error, or for SentencePiece possibly a smaller model.
  @Test func truncatedFiles() throws {
    let json = [UInt8](
      try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("tokenizers/bpe/tokenizer.json"))))
    for length in stride(from: 0, to: json.count, by: json.count / 20) {
      #expect(try message(["tokenizer.json": Array(json[..<length])]).contains("tokenizer.json"))
    }
    let model = [UInt8](
      try Data(
        contentsOf: URL(fileURLWithPath: Fixtures.path("tokenizers/sentencepiece/tokenizer.model")))
    )
    for length in stride(from: 0, to: model.count, by: 13) {
      _ = try message(["tokenizer.model": Array(model[..<length])])
    }
    for bytes in [[], Array("not a model".utf8), Array(model[..<100])] {
      #expect(try message(["tokenizer.model": bytes]).contains("tokenizer.model"))
    }
  }

  @Test func otherFiles() throws {
    #expect(try message([:]).contains("no tokenizer found"))
    #expect(
      try message(["vocab.json": Array("{}".utf8), "merges.txt": []]).contains("vocab.json"))
    #expect(
      try message(["vocab.json": Array(#"{"a": 0}"#.utf8), "merges.txt": Array("a b c".utf8)])
        .contains("merges.txt: 'line 1'"))
    #expect(throws: (any Error).self) { try TokenizerLoader.load(path: "/nonexistent") }
  }
}
