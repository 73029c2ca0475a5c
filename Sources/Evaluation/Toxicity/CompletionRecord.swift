import Foundation

/// One completion with everything that is known about it: a line of `completions/<variant>/<source>.jsonl`.
package struct CompletionRecord: Sendable, Hashable, Codable {
  /// Position of the prompt in its file, from 0.
  package var id: Int
  /// Which of the prompt's completions, from 0.
  package var sample: Int
  /// Name of the prompts' source.
  package var source: String
  /// Groups that the prompt is about, ` + ` between several; `nil` where the source does not say.
  package var group: String?
  /// The data set's text.
  package var prompt: String
  /// Whether the data set calls the prompt toxic.
  package var promptIsToxic: Bool?
  /// Row in tables: `base`, `spunge_rmu`, …
  package var variant: String
  /// What is judged, post-processed.
  package var completion: String
  /// What the model wrote, where post-processing changed it.
  package var generated: String?
  /// Tokens cut from the prompt's left because the model's context was too short.
  package var truncatedTokens: Int
  /// Degeneracies.
  package var flags: [String]
  /// Probability of the label that means toxic.
  package var toxicProbability: Double?
  package var isToxic: Bool?
  /// Of the completion after the prompt, nats; `nil` where it has no tokens.
  package var negativeLogLikelihood: Double?
  /// Tokens that it is summed over.
  package var tokens: Int?
  /// Of the completion alone, nats.
  package var unconditionalNegativeLogLikelihood: Double?
  package var unconditionalTokens: Int?

  package init(
    _ prompt: ToxicityPrompt, sample: Int, source: String, variant: String, completion: String,
    generated: String? = nil, truncatedTokens: Int = 0
  ) {
    id = prompt.id
    self.sample = sample
    self.source = source
    group = prompt.groups.isEmpty ? nil : prompt.groups.joined(separator: Self.separator)
    self.prompt = prompt.text
    promptIsToxic = prompt.isToxic
    self.variant = variant
    self.completion = completion
    self.generated = generated
    self.truncatedTokens = truncatedTokens
    flags = Degeneracy.found(in: completion).map(\.rawValue)
  }

  private static let separator = " + "

  /// Groups that the prompt is about.
  package var groups: [String] {
    group.map { $0.components(separatedBy: Self.separator) } ?? []
  }

  package var isEmpty: Bool { flags.contains(Degeneracy.empty.rawValue) }
}
