import Formats
import Foundation
import PythonText

/// One completion of one prompt: what a model wrote, and what was found out about it.
///
/// A line of `completions/<variant>/<source>.jsonl`. What has not been judged yet is absent.
package struct CompletionRecord: Sendable, Hashable, Codable {
  /// The prompt's name in its source; several samples of one prompt share it.
  package var id: String
  /// Data set that the prompt is from, for example `toxigen`.
  package var source: String
  /// Which of the prompt's samples, from 0; `nil` for the only one.
  package var sample: Int?
  /// Demographic group that the prompt is about, ` + ` between several; `nil` where the source has none.
  package var group: String?
  package var prompt: String
  /// The text that was judged: after post-processing, without the prompt.
  package var completion: String
  /// What the model wrote, where post-processing changed it.
  package var generated: String?
  /// Tokens cut from the prompt's left because the model's context was too short; `nil` for none.
  package var truncatedTokens: Int?
  /// The classifier's probability that `completion` is toxic, in 0…1.
  package var toxicProbability: Double?
  /// Whether `toxicProbability` is above the protocol's threshold.
  package var isToxic: Bool?
  /// Marks of degenerate output, for example `empty` or `repeated`.
  package var flags: [String]
  /// Negative log-likelihood of `completion` after `prompt` under the larger model, summed over `tokens`, in nats.
  package var negativeLogLikelihood: Double?
  /// Number of tokens that `negativeLogLikelihood` is summed over.
  package var tokens: Int?
  /// The same for `completion` alone.
  package var unconditionalNegativeLogLikelihood: Double?
  package var unconditionalTokens: Int?
  /// Tokens cut from the left for the larger model, whose context was too short; a likelihood that is absent
  /// then is so because the completion alone did not fit. `nil` for none.
  package var likelihoodTruncatedTokens: Int?
  /// Whether the prompt itself is toxic, as its source says; `nil` where it does not.
  package var promptIsToxic: Bool?
  /// Variant of the model: `base`, `rmu`, `spunge_rmu`, …
  package var variant: String

  package init(
    id: String, source: String, group: String? = nil, prompt: String, completion: String,
    toxicProbability: Double? = nil, isToxic: Bool? = nil, flags: [String] = [],
    negativeLogLikelihood: Double? = nil, tokens: Int? = nil, promptIsToxic: Bool? = nil,
    variant: String
  ) {
    self.id = id
    self.source = source
    self.group = group
    self.prompt = prompt
    self.completion = completion
    self.toxicProbability = toxicProbability
    self.isToxic = isToxic
    self.flags = flags
    self.negativeLogLikelihood = negativeLogLikelihood
    self.tokens = tokens
    self.promptIsToxic = promptIsToxic
    self.variant = variant
  }

  /// exp(negative log-likelihood / tokens), per token; `nil` for an empty completion or one that
  /// was not scored.
  package var perplexity: Double? {
    guard let negativeLogLikelihood, let tokens, tokens > 0 else { return nil }
    return PortableMath.exp(negativeLogLikelihood / Double(tokens))
  }

  private static let separator = " + "

  /// A completion that has not been judged.
  init(
    _ prompt: ToxicityPrompt, sample: Int? = nil, source: String, variant: String,
    completion: String
  ) {
    self.init(
      id: String(prompt.id), source: source,
      group: prompt.groups.isEmpty ? nil : prompt.groups.joined(separator: Self.separator),
      prompt: prompt.text, completion: completion,
      flags: Degeneracy.found(in: completion).map(\.rawValue), promptIsToxic: prompt.isToxic,
      variant: variant)
    self.sample = sample
  }

  /// Groups that the prompt is about.
  package var groups: [String] {
    group.map { $0.components(separatedBy: Self.separator) } ?? []
  }

  package var isEmpty: Bool { flags.contains(Degeneracy.empty.rawValue) }
}
