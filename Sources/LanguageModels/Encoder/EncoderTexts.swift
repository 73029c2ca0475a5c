package import Formats

/// A text as a RoBERTa network reads it.
package struct EncoderText: Sendable, Hashable {
  /// The text with what goes around it.
  package let tokens: [Int32]
  /// Tokens cut from the text's end, because the network reads no more.
  package let truncatedTokens: Int

  /// Encodes `text` as transformers does, with what the tokenizer puts around texts; that stays when the text is cut.
  ///
  /// Texts are cut where the network or the tokenizer's `model_max_length` ends, whichever is sooner.
  /// - Throws: what the tokenizer throws.
  package init(
    _ text: String, tokenizer: any Tokenizer, configuration: EncoderConfiguration
  ) throws(TokenizerError) {
    let ids = try tokenizer.encode(text, addSpecial: false)
    let (prefix, suffix) = (tokenizer.affixes.prefix, tokenizer.affixes.suffix)
    let length = min(configuration.maximumLength, tokenizer.maximumLength ?? .max)
    let room = max(0, length - prefix.count - suffix.count)
    let kept = tokenizer.truncatesLeft ? ids.suffix(room) : ids.prefix(room)
    tokens = (prefix + kept + suffix).map { Int32($0) }
    truncatedTokens = max(0, ids.count - room)
  }

  /// Takes ids as they are, `<s>` and `</s>` included.
  package init(tokens: [Int32]) {
    self.tokens = tokens
    truncatedTokens = 0
  }
}

/// A text that a RoBERTa network cannot read, or cannot judge.
package enum EncoderError: ExitingError, CustomStringConvertible, Equatable {
  case tokenOutOfRange(text: Int, token: Int, vocabulary: Int)
  case length(text: Int, tokens: Int, maximum: Int)
  case labelOutOfRange(text: Int, label: Int, labels: Int)
  case notFinite(text: Int, logit: Float)

  package var blame: Blame {
    if case .notFinite = self { .run } else { .input }
  }

  package var description: String {
    switch self {
    case .tokenOutOfRange(let text, let token, let vocabulary):
      "text \(text + 1): token id \(token) is outside the vocabulary of \(vocabulary); the tokenizer belongs "
        + "to another model"
    case .length(let text, let tokens, let maximum):
      "text \(text + 1) has \(tokens) tokens; the classifier reads 1 to \(maximum), <s> and </s> included"
    case .labelOutOfRange(let text, let label, let labels):
      "text \(text + 1): label \(label) is not one of the classifier's \(labels), which count from 0"
    case .notFinite(let text, let logit):
      "text \(text + 1): a logit is \(logit), not a finite number: the classifier's weights are damaged; it "
        + "cannot judge"
    }
  }
}

extension EncoderConfiguration {
  /// - Parameter text: its index, for messages.
  func check(_ tokens: [Int32], text: Int) throws(EncoderError) {
    guard 1...maximumLength ~= tokens.count else {
      throw .length(text: text, tokens: tokens.count, maximum: maximumLength)
    }
    for token in tokens where !(0..<vocabularySize).contains(Int(token)) {
      throw .tokenOutOfRange(text: text, token: Int(token), vocabulary: vocabularySize)
    }
  }
}
