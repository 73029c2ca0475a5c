import Foundation
import LanguageModels
import TestSupport
import Testing

/// Ids of reference texts, where the reference files are at hand (`SPUNGE_GOLDENS`, `SPUNGE_MODELS`).
@Suite(.enabled(if: Fixtures.external("SPUNGE_GOLDENS") != nil))
struct TokenizerGoldenTests {
  private func check(_ column: String, _ tokenizer: any Tokenizer, special: Bool) throws {
    let folder = try #require(Fixtures.external("SPUNGE_GOLDENS"))
    let data = try Data(contentsOf: folder.appending(path: "tokenizers.json"))
    let golden = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let texts = try #require(golden["texts"] as? [String])
    let key = try #require(golden.keys.first { $0.hasPrefix(column) })
    let ids = try #require(golden[key] as? [[Int]])
    for (text, expected) in zip(texts, ids) {
      #expect(tokenizer.encode(text, addSpecial: special) == expected, "\(column): \(text)")
    }
    #expect(texts.count > 60)
  }

  private func load(_ path: String) throws -> any Tokenizer {
    let folder = try #require(Fixtures.external("SPUNGE_GOLDENS"))
    return try TokenizerLoader.load(
      path: folder.appending(path: "../tokenizers/\(path)").standardizedFileURL.path)
  }

  @Test func smolLM2() throws {
    try check("smollm2", load("smollm2-135m-instruct"), special: false)
  }
  @Test func roberta() throws { try check("roberta", load("roberta-base"), special: true) }
  @Test func llama2() throws {
    try check("llama-2", load("llama-2/tokenizer.model"), special: false)
  }

  @Test(.enabled(if: Fixtures.external("SPUNGE_MODELS") != nil)) func fromModels() throws {
    let models = try #require(Fixtures.external("SPUNGE_MODELS"))
    let gguf = models.appending(path: "SmolLM2-135M-Instruct.Q4_1.gguf").path
    try check("smollm2", TokenizerLoader.load(path: gguf), special: false)
    let mistral = models.appending(path: "tokenizer.model.v1").path
    try check("mistral", TokenizerLoader.load(path: mistral), special: false)
  }
}
