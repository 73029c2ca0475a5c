/// Byte-pair encoding as in GPT-2, RoBERTa, Llama 3, SmolLM2 and Qwen2, and its relatives that
/// tokenizer.json can describe.
///
/// Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2.
package struct ByteLevelBPETokenizer: Tokenizer {
  package let vocabularySize: Int
  package let beginID: Int?
  package let endID: Int?
  private let encoder: BytePairEncoder
  private let normalizer: TextNormalizer?
  private let preTokenizer: PreTokenizer?
  private let decoder: TokenDecoder?
  private let affixes: Affixes
  private let addedTokens: [Int: AddedToken]
  /// Finds the tokens that are looked for before, and after, the normalizer.
  private let rawFinder: AddedTokenFinder
  private let normalizedFinder: AddedTokenFinder

  package var addsBegin: Bool { beginID != nil && affixes.prefix.first == beginID }

  /// The steps from text to ids and back.
  struct Steps {
    var normalizer: TextNormalizer?
    var preTokenizer: PreTokenizer?
    var decoder: TokenDecoder?
    var affixes = Affixes()
  }

  init(
    encoder: BytePairEncoder, addedTokens: [AddedToken], steps: Steps, beginID: Int?, endID: Int?
  ) {
    self.encoder = encoder
    (normalizer, preTokenizer) = (steps.normalizer, steps.preTokenizer)
    (decoder, affixes) = (steps.decoder, steps.affixes)
    (self.beginID, self.endID) = (beginID, endID)
    self.addedTokens = Dictionary(addedTokens.map { ($0.id, $0) }) { $1 }
    rawFinder = AddedTokenFinder(addedTokens.filter { !$0.isNormalized })
    normalizedFinder = AddedTokenFinder(
      addedTokens.filter(\.isNormalized).map { token in
        var token = token
        token.content = steps.normalizer?.apply(to: token.content) ?? token.content
        return token
      })
    vocabularySize = max(encoder.tokens.upperBound, (addedTokens.map(\.id).max() ?? -1) + 1)
  }

  package func encode(_ text: String, addSpecial: Bool) -> [Int] {
    var ids = addSpecial ? affixes.prefix : []
    let bytes = Array(text.utf8)
    for segment in rawFinder.segments(of: bytes) {
      switch segment {
      case .token(let id): ids.append(id)
      case .text(let range):
        let raw = Array(bytes[range])
        encodeNormalized(
          normalizer?.apply(to: raw) ?? raw, isStart: range.lowerBound == 0, to: &ids)
      }
    }
    return addSpecial ? ids + affixes.suffix : ids
  }

  private func encodeNormalized(_ text: [UInt8], isStart: Bool, to ids: inout [Int]) {
    for segment in normalizedFinder.segments(of: text) {
      switch segment {
      case .token(let id): ids.append(id)
      case .text(let range):
        var words = PreTokenizedText(
          Array(text[range]), isStart: isStart && range.lowerBound == 0)
        preTokenizer?.apply(to: &words)
        let isBytewise = preTokenizer?.isBytewise ?? false
        for piece in words.pieces {
          encoder.encode(words.bytes, piece, bytewise: isBytewise, to: &ids)
        }
      }
    }
  }

  package func decode(_ ids: [Int], skipSpecial: Bool) -> String {
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
    return String(decoding: decoder.apply(to: tokens).joined(), as: UTF8.self)
  }
}
