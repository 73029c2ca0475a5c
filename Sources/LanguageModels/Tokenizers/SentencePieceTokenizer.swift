import CSentencePiece
import Foundation
package import Tensors

/// A SentencePiece model (Llama 2, Mistral) with Hugging Face's conventions around it.
///
/// Kudo & Richardson 2018, https://arxiv.org/abs/1808.06226. In a Hugging Face folder, control symbols that stand
/// literally in a text are read as such; after one, `legacy` tokenizers put the dummy space before the next word again,
/// others do not. A bare tokenizer.model, without tokenizer_config.json, is read as libsentencepiece reads it.
package struct SentencePieceTokenizer: Tokenizer {
  private let processor: Processor
  private let added: AddedTokens
  /// Whether `added` are found in texts.
  private let parsesSpecial: Bool
  private let prefix: [Int32]
  private let suffix: [Int32]
  private let isLegacy: Bool
  package let vocabularySize: Int
  package let beginID: Int?
  package let endID: Int?

  package var addsBegin: Bool { !prefix.isEmpty }

  /// The library's object; it may be used from any thread once it is loaded.
  private final class Processor: @unchecked Sendable {
    // Sendable because libsentencepiece's encode and decode are const and nothing is set after loading.
    let handle: OpaquePointer
    init(_ handle: OpaquePointer) { self.handle = handle }
    deinit { ssp_free(handle) }
  }

  /// Reads a tokenizer.model.
  /// - Parameter settings: the tokenizer_config.json beside it.
  /// - Throws: `TokenizerError`.
  package init(path: String, settings: JSONObject?) throws {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw TokenizerError.unreadable(path: path, reason: error.localizedDescription)
    }
    try self.init(
      model: data, path: path, isLegacy: settings?["legacy"]?.bool ?? true,
      addsBegin: settings?["add_bos_token"]?.bool ?? true,
      addsEnd: settings?["add_eos_token"]?.bool ?? false, extra: Self.added(settings),
      parsesSpecial: settings != nil)
  }

  /// The `llama` vocabulary of a GGUF file.
  package init(_ metadata: GGUFTokenizerMetadata, path: String) throws {
    let userDefined = zip(metadata.tokens.indices, metadata.tokens).compactMap { index, token in
      metadata.tokenTypes.indices.contains(index) && metadata.tokenTypes[index] == .userDefined
        ? AddedTokens.Token(id: Int32(index), content: token, isSpecial: false) : nil
    }
    try self.init(
      model: SentencePieceModel.serialized(metadata), path: path, isLegacy: false,
      addsBegin: metadata.addsBegin ?? true, addsEnd: metadata.addsEnd ?? false, extra: userDefined,
      parsesSpecial: true)
  }

  private init(
    model: Data, path: String, isLegacy: Bool, addsBegin: Bool, addsEnd: Bool,
    extra: [AddedTokens.Token], parsesSpecial: Bool
  ) throws {
    self.parsesSpecial = parsesSpecial
    var error = [CChar](repeating: 0, count: 400)
    let handle = model.withUnsafeBytes {
      ssp_load($0.baseAddress, Int64($0.count), &error, Int64(error.count))
    }
    guard let handle else {
      let reason = String(
        decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw TokenizerError.unreadable(path: path, reason: reason)
    }
    processor = Processor(handle)
    let size = ssp_size(handle)
    guard size > 0 else {
      throw TokenizerError.invalid(path: path, place: "pieces", reason: "the vocabulary is empty")
    }
    vocabularySize = max(Int(size), (extra.map { Int($0.id) + 1 }.max() ?? 0))
    beginID = ssp_beginID(handle) >= 0 ? Int(ssp_beginID(handle)) : nil
    endID = ssp_endID(handle) >= 0 ? Int(ssp_endID(handle)) : nil
    let controls = (0..<size).filter { ssp_isSpecial(handle, $0) != 0 }.map {
      AddedTokens.Token(id: $0, content: String(cString: ssp_piece(handle, $0)))
    }
    let extraIDs = Set(extra.map(\.id))
    added = AddedTokens(controls.filter { !extraIDs.contains($0.id) } + extra)
    prefix = addsBegin ? beginID.map { [Int32($0)] } ?? [] : []
    suffix = addsEnd ? endID.map { [Int32($0)] } ?? [] : []
    self.isLegacy = isLegacy
  }

  /// Tokens that tokenizer_config.json adds to the model's own.
  private static func added(_ settings: JSONObject?) -> [AddedTokens.Token] {
    guard let decoder = settings?["added_tokens_decoder"]?.object else { return [] }
    return decoder.keys.compactMap { key in
      guard let id = Int32(key), id >= 0, let token = decoder[key]?.object,
        let content = token["content"]?.string
      else { return nil }
      return AddedTokens.Token(
        id: id, content: content, isSpecial: token["special"]?.bool ?? false,
        stripsLeft: token["lstrip"]?.bool ?? false, stripsRight: token["rstrip"]?.bool ?? false,
        isSingleWord: token["single_word"]?.bool ?? false)
    }
  }

  package func encode(_ text: String, addSpecial: Bool) -> [Int] {
    var ids: [Int32] = addSpecial ? prefix : []
    var isFirst = true
    for piece in parsesSpecial ? added.split(text) : [.text(text)] {
      switch piece {
      case .token(let id): ids.append(id)
      case .text(let text): ids += isFirst || isLegacy ? raw(text) : withoutDummySpace(text)
      }
      isFirst = false
    }
    if addSpecial { ids += suffix }
    return ids.map { Int($0) }
  }

  private func raw(_ text: String) -> [Int32] {
    let bytes = text.utf8.map { CChar(bitPattern: $0) }
    var ids = [Int32](repeating: 0, count: bytes.count + 8)
    var count = ssp_encode(processor.handle, bytes, Int64(bytes.count), &ids, Int64(ids.count))
    if count > ids.count {
      ids = [Int32](repeating: 0, count: Int(count))
      count = ssp_encode(processor.handle, bytes, Int64(bytes.count), &ids, count)
    }
    return Array(ids.prefix(max(0, Int(count))))
  }

  /// As transformers does it: encodes behind a text that cannot merge with it, and takes that away again.
  private func withoutDummySpace(_ text: String) -> [Int32] {
    let shield = "\u{1}"
    return Array(raw(shield + text).dropFirst(raw(shield).count))
  }

  package func decode(_ ids: [Int], skipSpecial: Bool) -> String {
    var text = ""
    var run: [Int32] = []
    let byID = Dictionary(added.tokens.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    for id in ids {
      guard let small = Int32(exactly: id), small >= 0 else { continue }
      if let token = byID[small] {
        text += decode(run, isFirst: text.isEmpty)
        run = []
        if !(skipSpecial && token.isSpecial) { text += token.content }
      } else if small < ssp_size(processor.handle) {
        run.append(small)
      }
    }
    return text + decode(run, isFirst: text.isEmpty)
  }

  private func decode(_ ids: [Int32], isFirst: Bool) -> String {
    guard !ids.isEmpty else { return "" }
    var bytes = [CChar](repeating: 0, count: 16 * ids.count + 16)
    var count = ssp_decode(processor.handle, ids, Int64(ids.count), &bytes, Int64(bytes.count))
    if count > bytes.count {
      bytes = [CChar](repeating: 0, count: Int(count))
      count = ssp_decode(processor.handle, ids, Int64(ids.count), &bytes, count)
    }
    let text = String(
      decoding: bytes.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // The library drops the first word's dummy space also in the middle of a text.
    let startsWord = String(cString: ssp_piece(processor.handle, ids[0])).hasPrefix("▁")
    return !isFirst && startsWord ? " " + text : text
  }
}
