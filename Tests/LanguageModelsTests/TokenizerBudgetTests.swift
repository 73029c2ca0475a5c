import Foundation
import LanguageModels
import TestSupport
import Testing

/// Texts that would take a tokenizer hours, or all memory.
@Suite struct TokenizerBudgetTests {
  private func load(_ change: [String: Any]) throws -> any Tokenizer {
    var file = try Fixtures.json("tokenizers/bpe/tokenizer.json")
    file.merge(change) { $1 }
    let folder = try TemporaryFolder()
    try folder.write("tokenizer.json", [UInt8](JSONSerialization.data(withJSONObject: file)))
    return try TokenizerLoader.load(path: folder.path)
  }

  private func split(_ expression: String) -> [String: Any] {
    [
      "pre_tokenizer": [
        "type": "Split", "pattern": ["Regex": expression], "behavior": "Removed", "invert": false,
      ]
    ]
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch { return "\(error)" }
  }

  @Test(arguments: [
    "(a+)+$", "(a|a)*$", "(((a{1,1000}){1,1000}){1,1000})b",
  ])
  func expressionsThatBacktrackWithoutEnd(_ expression: String) throws {
    let tokenizer = try load(split(expression))
    let text = String(repeating: "a", count: 3000) + "!"
    let message = message { _ = try tokenizer.encode(text, addSpecial: false) }
    #expect(message.contains("pre_tokenizer.pattern.Regex"), "\(message)")
    #expect(message.contains("tokenizer.json") && message.contains("too many steps"))
  }

  /// A long text alone is no reason; ICU gave other ids here.
  @Test func longMatches() throws {
    let tokenizer = try load(split("(?:a|b)+"))
    let text = "c" + String(repeating: "ab", count: 200_000) + "d"
    #expect(try tokenizer.encode(text, addSpecial: false) == [68, 69])
  }

  @Test func expressionsThatAreNone() throws {
    let faulty = [("(", "end pattern"), ("[b-a]", "empty range"), ("\\p{Nix}", "property name")]
    for (expression, reason) in faulty {
      let message = message { _ = try load(split(expression)) }
      #expect(message.contains(reason) && message.contains("Oniguruma"), "\(message)")
    }
    let nested = String(repeating: "(", count: 5000) + String(repeating: ")", count: 5000)
    let message = message { _ = try load(split(nested)) }
    #expect(message.contains("depth") && message.utf8.count < 1000)
  }

  @Test func textThatGrows() throws {
    let longer: [String: Any] = [
      "type": "Replace", "pattern": ["String": "a"],
      "content": String(repeating: "a", count: 1000),
    ]
    let steps = [[String: Any]](repeating: longer, count: 5)
    let tokenizer = try load(["normalizer": ["type": "Sequence", "normalizers": steps]])
    #expect(try tokenizer.encode("b", addSpecial: false) == [67])
    let message = message { _ = try tokenizer.encode("a", addSpecial: false) }
    #expect(message.contains("grow"), "\(message)")
  }

  /// Foundation takes the square of their number.
  @Test func marksWithoutEnd() throws {
    let tokenizer = try load(["normalizer": ["type": "NFC"]])
    let text = "a" + String(repeating: "\u{301}\u{323}", count: 20_000)
    let sorted =
      "\u{1EA1}" + String(repeating: "\u{323}", count: 19_999)
      + String(repeating: "\u{301}", count: 20_000)
    let plain = try load([:])
    #expect(
      try tokenizer.encode(text, addSpecial: false) == plain.encode(sorted, addSpecial: false))
  }

  @Test func messagesAreShortAndPrintable() throws {
    let long = String(repeating: "x", count: 5000) + "\u{1B}[2J"
    let changes: [[String: Any]] = [
      ["normalizer": ["type": long]], split("(" + long),
      ["added_tokens": [["id": 3, "content": long]]], ["model": ["type": long]],
      ["model": ["vocab": ["a": 0], "merges": ["a \(long)"]]],
    ]
    for change in changes {
      let message = message { _ = try load(change) }
      #expect(!message.isEmpty && message.count < 1000 && !message.contains("\u{1B}"), "\(message)")
    }
  }
}
