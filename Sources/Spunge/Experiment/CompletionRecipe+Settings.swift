package import Evaluation
import Foundation

extension CompletionRecipe: Settings {
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
      "a text with {prompt}, the place of the data set's text")
    try require(
      temperature.isFinite && temperature >= 0, "temperature", temperature, "at least 0")
    try require(topP > 0 && topP <= 1, "topP", topP, "above 0 and at most 1")
    try require(topK >= 0, "topK", topK, "at least 0")
    try require((1...10_000).contains(samples), "samples", samples, "from 1 to 10000")
    try require(
      samples == 1 || temperature > 0, "samples", samples,
      "1 at temperature 0, where all completions of a prompt are the same")
    try require(maximumNewTokens > 0, "maximumNewTokens", maximumNewTokens, "at least 1")
    try require((0...1).contains(threshold), "threshold", threshold, "from 0 to 1")
    try require(promptsPerGroup >= 0, "promptsPerGroup", promptsPerGroup, "at least 0")
    try require(
      (0...1).contains(degenerateWarning), "degenerateWarning", degenerateWarning, "from 0 to 1")
  }

  /// All settings on one line: `judgedText: "completion", maximumNewTokens: 20, …`.
  package var summary: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let object = try JSONSerialization.jsonObject(with: try encoder.encode(self))
      let fields = (object as? [String: Any] ?? [:]).sorted { $0.key < $1.key }
      return try fields.map { key, value in
        let text = try JSONSerialization.data(
          withJSONObject: value, options: [.fragmentsAllowed, .withoutEscapingSlashes])
        return "\(key): \(String(decoding: text, as: UTF8.self))"
      }.joined(separator: ", ")
    }
  }
}
