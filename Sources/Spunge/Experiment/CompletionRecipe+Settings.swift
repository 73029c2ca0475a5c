package import Evaluation
import Formats
import Foundation

extension CompletionRecipe: Settings {
  package static let ranges: [String: SettingRange] = [
    "temperature": .from(0, to: 1e30), "topP": .above(0, to: 1), "topK": .count,
    "samples": .from(1, to: 10_000), "maximumNewTokens": .from(1, to: 1_048_576),
    "threshold": .from(0, to: 1), "promptsPerGroup": .count, "degenerateWarning": .from(0, to: 1),
  ]

  package func validate() throws {
    func require(
      _ holds: Bool, _ name: String, _ given: some CustomStringConvertible, _ requirement: String
    ) throws {
      guard holds else {
        throw SettingsError.Problem.invalid(name, given: "\(given)", requirement: requirement)
      }
    }
    try require(
      promptTemplate.contains("{prompt}"), "promptTemplate", promptTemplate,
      "a text with the placeholder {prompt}")
    try require(
      samples == 1 || temperature > 0, "samples", samples,
      "1 at temperature 0, where all completions of a prompt are the same")
  }

  /// All settings on one line: `judgedText: "completion", maximumNewTokens: 20, …`.
  package var summary: String {
    get throws {
      let object = try JSONSerialization.jsonObject(with: try JSON.encoder().encode(self))
      let fields = (object as? [String: Any] ?? [:]).sorted { $0.key < $1.key }
      return try fields.map { key, value in
        let text = try JSONSerialization.data(
          withJSONObject: value, options: [.fragmentsAllowed, .withoutEscapingSlashes])
        return "\(key): \(String(decoding: text, as: UTF8.self))"
      }.joined(separator: ", ")
    }
  }
}
