import Evaluation
package import LanguageModels

/// Whether a prompt fits a model's context.
package struct PromptFit {
  private let tokenizer: any Tokenizer
  private let addsBegin: Bool
  private let length: Int

  package init(
    _ tokenizer: any Tokenizer, _ configuration: DecoderConfiguration,
    settings: TextModel.Settings
  ) {
    self.tokenizer = tokenizer
    addsBegin = settings.addsBegin(tokenizer)
    length = settings.length(configuration)
  }

  /// Whether the context fits together with each of the continuations.
  /// - Parameter newTokens: number of tokens reserved for a completion.
  package func fits(context: String, continuations: [String], newTokens: Int = 0) -> Bool {
    // The last token of a continuation is predicted, not an input.
    let room = newTokens > 0 ? length - newTokens : length + 1
    let longest = continuations.map(\.utf8.count).max() ?? 0
    // A token is at least a byte; two more for BOS and a leading space.
    if context.utf8.count + longest + 2 <= room { return true }
    return (continuations.isEmpty ? [""] : continuations).allSatisfy { continuation in
      // Encoding errors are reported later with more detail.
      guard let ids = try? tokenizer.encode(context + continuation, addSpecial: false) else {
        return true
      }
      return ids.count + (addsBegin ? 1 : 0) <= room
    }
  }
}
