import Foundation
import LanguageModels
import TestSupport
import Tensors
import Testing

/// SentencePiece models against ids by Google's library in Python.
@Suite struct TokenizerSentencePieceTests {
  private let folder = Fixtures.path("tokenizers/sentencepiece")

  private func cases() throws -> [String: Any] {
    try Fixtures.json("tokenizers/sentencepiece-cases.json")
  }

  private func check(_ tokenizer: any Tokenizer, special: [Int] = []) throws {
    let rows = try #require(try cases()["rows"] as? [[String: Any]])
    #expect(rows.count > 10)
    for row in rows {
      let text = try #require(row["text"] as? String)
      let ids = try #require(row["ids"] as? [Int])
      #expect(try tokenizer.encode(text, addSpecial: false) == ids, "\(text.debugDescription)")
      #expect(try tokenizer.encode(text, addSpecial: true) == special + ids)
      #expect(try tokenizer.decode(ids, skipSpecial: true) == row["decoded"] as? String)
    }
  }

  /// The vocabulary as a GGUF file holds it.
  private func metadata(in folder: TemporaryFolder, prefixSpace: Bool? = nil) throws -> String {
    let cases = try cases()
    let pieces = try #require(cases["pieces"] as? [String])
    let scores = try #require(cases["scores"] as? [Double])
    let types = try #require(cases["types"] as? [Int])
    func array(_ type: UInt32, _ elements: [[UInt8]]) -> [UInt8] {
      littleEndian(type) + littleEndian(UInt64(elements.count)) + elements.joined()
    }
    var builder = GGUFBuilder()
    builder.values = [
      ("tokenizer.ggml.model", 8, GGUFBuilder.string("llama")),
      ("tokenizer.ggml.tokens", 9, array(8, pieces.map { GGUFBuilder.string($0) })),
      ("tokenizer.ggml.scores", 9, array(6, scores.map { littleEndian(Float($0).bitPattern) })),
      ("tokenizer.ggml.token_type", 9, array(5, types.map { littleEndian(Int32($0)) })),
      ("tokenizer.ggml.bos_token_id", 4, littleEndian(UInt32(1))),
      ("tokenizer.ggml.eos_token_id", 4, littleEndian(UInt32(2))),
    ]
    if let prefixSpace {
      builder.values.append(("tokenizer.ggml.add_space_prefix", 7, [prefixSpace ? 1 : 0]))
    }
    return try folder.write("\(prefixSpace.map { "\($0)" } ?? "unset").gguf", builder.bytes)
  }

  @Test func modelFile() throws {
    let tokenizer = try TokenizerLoader.load(path: folder)
    try check(tokenizer, special: [1])
    #expect(tokenizer.beginID == 1 && tokenizer.endID == 2 && tokenizer.addsBegin)
    #expect(tokenizer.vocabularySize == 420)
    #expect(try tokenizer.decode([-1, 420, .max, 1, 2], skipSpecial: true) == "")
  }

  @Test(arguments: [
    ("{}", ["legacy or add_bos_token"]), (#"{"legacy": true}"#, ["says add_bos_token"]),
    (#"{"legacy": false, "add_bos_token": true}"#, []),
  ])
  func assumptionsAreNoted(configuration: String, expected: [String]) throws {
    let folder = try TemporaryFolder()
    let model = URL(filePath: Fixtures.path("tokenizers/sentencepiece/tokenizer.model"))
    try folder.write("tokenizer.model", [UInt8](Data(contentsOf: model)))
    try folder.write("tokenizer_config.json", configuration)
    let notes = try TokenizerLoader.load(path: folder.path).notes
    #expect(notes.count == expected.count, "\(notes)")
    for (note, text) in zip(notes, expected) { #expect(note.contains(text)) }
  }

  @Test func ggufVocabulary() throws {
    let folder = try TemporaryFolder()
    let tokenizer = try TokenizerLoader.load(path: try metadata(in: folder))
    try check(tokenizer, special: [1])
    let ids = try tokenizer.encode("the ship</s>", addSpecial: false)
    #expect(ids.last == 2)
    let bare = try TokenizerLoader.load(path: try metadata(in: folder, prefixSpace: false))
    #expect(
      try bare.encode(" the ship", addSpecial: false)
        == tokenizer.encode("the ship", addSpecial: false)
    )
  }

  /// A tokenizer_config.json changes which special tokens are found, and the space after them.
  @Test func legacyAndAddedTokens() throws {
    let model = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/tokenizer.model"))
    func load(_ configuration: String?) throws -> any Tokenizer {
      let copy = try TemporaryFolder()
      try copy.write("tokenizer.model", [UInt8](model))
      if let configuration { try copy.write("tokenizer_config.json", configuration) }
      return try TokenizerLoader.load(path: copy.path)
    }
    let bare = try load(nil)
    let ship = try bare.encode("ship", addSpecial: false)
    let unspaced = try load(#"{"add_prefix_space": false}"#).encode("ship", addSpecial: false)
    #expect(ship != unspaced)
    #expect(try !bare.encode("ship</s>ship", addSpecial: false).contains(2))
    let legacy = try load(#"{"legacy": true, "add_bos_token": false, "add_eos_token": true}"#)
    #expect(try legacy.encode("ship</s>ship", addSpecial: true) == ship + [2] + ship + [2])
    let modern = try load(
      """
      {"legacy": false, "added_tokens_decoder": {"420": {"content": "[tool]", "special": false}}}
      """)
    #expect(try modern.encode("ship</s>ship", addSpecial: true) == [1] + ship + [2] + unspaced)
    #expect(try modern.encode("ship[tool]", addSpecial: false) == ship + [420])
    #expect(try modern.decode([1] + ship + [420], skipSpecial: true) == "ship[tool]")
    #expect(modern.vocabularySize == 421)
  }
}
