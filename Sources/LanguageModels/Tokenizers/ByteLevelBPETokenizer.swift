/// Byte-pair encoding as in GPT-2, RoBERTa, Llama 3, SmolLM2 and Qwen2, and its relatives that
/// tokenizer.json can describe.
///
/// Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2.
package struct ByteLevelBPETokenizer: Tokenizer {
  package let vocabularySize: Int
  package let beginID: Int?
  package let endID: Int?
  package let maximumLength: Int?
  package let truncatesLeft: Bool
  package let notes: [String]
  package let affixes: Affixes
  private let encoder: BytePairEncoder
  private let normalizer: TextNormalizer?
  private let preTokenizer: PreTokenizer?
  private let decoder: TokenDecoder?
  /// By id, with the content that decoding gives.
  private let addedTokens: [Int: AddedToken]
  /// Finds the tokens that are looked for before, and after, the normalizer.
  private let rawFinder: AddedTokenFinder
  private let normalizedFinder: AddedTokenFinder
  /// For errors.
  private let file: String

  /// The steps from text to ids and back.
  struct Steps {
    var normalizer: TextNormalizer?
    var preTokenizer: PreTokenizer?
    var decoder: TokenDecoder?
    var affixes = Affixes()
    /// Whether special tokens in text are text like any other.
    var splitsSpecial = false
  }

  /// What there is beside the steps.
  struct Facts {
    /// The tokenizer's file, for errors.
    let file: String
    var beginID: Int?
    var endID: Int?
    var maximumLength: Int?
    var truncatesLeft = false
    var notes: [String] = []
  }

  /// - Throws: `TokenizerError.tooCostly` where the normalizer makes an added token grow without end.
  init(
    encoder: BytePairEncoder, addedTokens: [AddedToken], steps: Steps, facts: Facts
  ) throws(TokenizerError) {
    self.encoder = encoder
    (normalizer, preTokenizer) = (steps.normalizer, steps.preTokenizer)
    (decoder, affixes) = (steps.decoder, steps.affixes)
    (beginID, endID, file) = (facts.beginID, facts.endID, facts.file)
    (maximumLength, truncatesLeft) = (facts.maximumLength, facts.truncatesLeft)
    notes = facts.notes
    rawFinder = AddedTokenFinder(
      addedTokens.filter { !$0.isNormalized }, splitsSpecial: steps.splitsSpecial)
    var normalized = addedTokens.filter(\.isNormalized)
    if let normalizer = steps.normalizer {
      let bytes = normalized.reduce(0) { $0 + $1.content.count }
      var budget = EncodingBudget(text: bytes, file: facts.file)
      for index in normalized.indices {
        normalized[index].content = try normalizer.apply(to: normalized[index].content, &budget)
      }
    }
    normalizedFinder = AddedTokenFinder(normalized, splitsSpecial: steps.splitsSpecial)
    self.addedTokens = Dictionary((addedTokens + normalized).map { ($0.id, $0) }) { $1 }
    vocabularySize = max(encoder.tokens.upperBound, (addedTokens.map(\.id).max() ?? -1) + 1)
  }

  package func encode(_ text: String, addSpecial: Bool) throws(TokenizerError) -> [Int] {
    var ids = addSpecial ? affixes.prefix : []
    let bytes = Array(text.utf8)
    var budget = EncodingBudget(text: bytes.count, file: file)
    for segment in rawFinder.segments(of: bytes) {
      switch segment {
      case .token(let id): ids.append(id)
      case .text(let range):
        let raw = Array(bytes[range])
        try encodeNormalized(
          try normalizer?.apply(to: raw, &budget) ?? raw, isStart: range.lowerBound == 0, &budget,
          to: &ids)
      }
    }
    return addSpecial ? ids + affixes.suffix : ids
  }

  private func encodeNormalized(
    _ text: [UInt8], isStart: Bool, _ budget: inout EncodingBudget, to ids: inout [Int]
  ) throws(TokenizerError) {
    for segment in normalizedFinder.segments(of: text) {
      switch segment {
      case .token(let id): ids.append(id)
      case .text(let range):
        var words = PreTokenizedText(
          Array(text[range]), isStart: isStart && range.lowerBound == 0)
        try preTokenizer?.apply(to: &words, &budget)
        let isBytewise = preTokenizer?.isBytewise ?? false
        for piece in words.pieces {
          encoder.encode(words.bytes, piece, bytewise: isBytewise, to: &ids)
        }
      }
    }
  }

  package func decode(_ ids: [Int], skipSpecial: Bool) throws(TokenizerError) -> String {
    let tokens: [[UInt8]] = ids.compactMap { id in
      if let added = addedTokens[id] {
        return skipSpecial && added.isSpecial ? nil : added.content
      }
      return encoder.tokens.token(id).map { Array($0) }
    }
    // Hugging Face joins tokens with spaces where a file names no decoder.
    guard let decoder else {
      return tokens.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
    var budget = EncodingBudget(text: tokens.reduce(0) { $0 + $1.count }, file: file)
    return String(decoding: try decoder.apply(to: tokens, &budget).joined(), as: UTF8.self)
  }
}
