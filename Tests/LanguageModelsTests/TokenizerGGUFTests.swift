import Foundation
import LanguageModels
import TestSupport
import Testing

/// Byte-pair vocabularies of GGUF files, whose way of cutting text has a name.
@Suite struct TokenizerGGUFTests {
  /// One token for each byte's character, in the order of the bytes that are printable, and "12", "123".
  private func load(pre: String?) throws -> any Tokenizer {
    func array(_ elements: [String]) -> [UInt8] {
      littleEndian(UInt32(8)) + littleEndian(UInt64(elements.count))
        + elements.flatMap { GGUFBuilder.string($0) }
    }
    let printable = (0x21...0x7E).map { String(UnicodeScalar(UInt8($0))) }
    var builder = GGUFBuilder()
    builder.values = [
      ("tokenizer.ggml.model", 8, GGUFBuilder.string("gpt2")),
      ("tokenizer.ggml.tokens", 9, array(printable + ["12", "34", "'s", "!a"])),
      ("tokenizer.ggml.merges", 9, array(["1 2", "3 4", "' s", "! a"])),
    ]
    if let pre { builder.values.append(("tokenizer.ggml.pre", 8, GGUFBuilder.string(pre))) }
    let folder = try TemporaryFolder()
    return try TokenizerLoader.load(path: try folder.write("model.gguf", builder.bytes))
  }

  private func words(_ text: String, pre: String?) throws -> [String] {
    let tokenizer = try load(pre: pre)
    return try tokenizer.encode(text, addSpecial: false).map {
      try tokenizer.decode([$0], skipSpecial: false)
    }
  }

  /// llama.cpp's default: punctuation stands alone, then three digits at a time.
  @Test func missingNamesAreLlamaCppsDefault() throws {
    #expect(try words("it's", pre: nil) == ["i", "t", "'", "s"])
    #expect(try words("1234", pre: nil) == ["12", "3", "4"])
    #expect(try words("!a", pre: "default") == ["!", "a"])
    #expect(try words("it's", pre: "gpt-2") == ["i", "t", "'s"])
    #expect(try words("1234", pre: "gpt-2") == ["12", "34"])
  }

  @Test func missingNamesAreNoted() throws {
    #expect(try load(pre: nil).notes.first?.contains("tokenizer.ggml.pre is missing") == true)
    #expect(try load(pre: "default").notes.isEmpty)
  }

  @Test func unknownNamesAreRefused() throws {
    #expect(throws: TokenizerError.self) { try load(pre: "nobody's") }
  }
}
