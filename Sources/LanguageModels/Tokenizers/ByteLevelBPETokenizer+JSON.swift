import Foundation
package import Tensors

extension ByteLevelBPETokenizer {
  /// Reads a tokenizer.json.
  /// - Parameters:
  ///   - path: the file.
  ///   - settings: the tokenizer_config.json beside it, if there is one.
  /// - Throws: `TokenizerError`.
  package init(path: String, settings: JSONObject?) throws {
    let json: JSONObject
    do {
      guard let object = try MappedFile(path: path).json().object else {
        throw TokenizerError.unreadable(path: path, reason: "it is not a JSON object")
      }
      json = object
    } catch let error as TokenizerError { throw error } catch {
      throw TokenizerError.unreadable(path: path, reason: "\(error)")
    }
    try self.init(TokenizerJSON(path: path, json: json), settings: settings)
  }

  init(_ file: TokenizerJSON, settings: JSONObject?) throws {
    let added = try file.addedTokens()
    let vocabulary = try file.vocabulary()
    encoding = try file.encoding(vocabulary)
    self.added = AddedTokens(added)
    normalizers = try file.normalizers(file.json["normalizer"])
    preTokenizer = try file.preTokenizer(file.json["pre_tokenizer"])
    (prefix, suffix) = try file.template(file.json["post_processor"])
    let isByteLevel = try file.isByteLevelDecoder()
    var pieces: [Int32: [UInt8]] = [:]
    pieces.reserveCapacity(vocabulary.count)
    for (token, id) in vocabulary {
      let text = String(decoding: token, as: UTF8.self)
      pieces[id] = isByteLevel ? ByteAlphabet.decode(text) : TokenizerJSON.plainBytes(text)
    }
    for token in added { pieces[token.id] = Array(token.content.utf8) }
    self.pieces = pieces
    specialIDs = Set(added.filter(\.isSpecial).map(\.id))
    stripsFirstSpace = !isByteLevel && file.stripsFirstSpace
    vocabularySize = Set(pieces.keys).count
    let id = { (key: String) -> Int? in
      let value = settings?[key]
      guard let name = value?.string ?? value?.object?["content"]?.string else { return nil }
      let token = Array(name.utf8)
      let found = added.first { Array($0.content.utf8) == token }?.id ?? vocabulary[token]
      return found.map { Int($0) }
    }
    let knownBegins = ["<|begin_of_text|>", "<s>"].map { Array($0.utf8) }
    beginID =
      id("bos_token")
      ?? (settings == nil
        ? added.first { knownBegins.contains(Array($0.content.utf8)) }.map { Int($0.id) } : nil)
    endID = id("eos_token")
    if settings?["add_bos_token"]?.bool == true, prefix.isEmpty, let beginID {
      prefix = [Int32(beginID)]
    }
    if settings?["add_bos_token"]?.bool == false, prefix.first.map({ Int($0) }) == beginID,
      suffix.isEmpty
    {
      prefix = []
    }
  }
}

/// The parts of a tokenizer.json.
struct TokenizerJSON {
  let path: String
  let json: JSONObject

  func invalid(_ place: String, _ reason: String) -> TokenizerError {
    .invalid(path: path, place: place, reason: reason)
  }

  private func model() throws -> JSONObject {
    guard let model = json["model"]?.object else { throw invalid("model", "is missing") }
    let type = model["type"]?.string ?? "BPE"
    guard type == "BPE" else {
      throw TokenizerError.unsupported(
        path: path, component: "model type '\(type)'", supported: ["BPE"])
    }
    return model
  }

  func vocabulary() throws -> [[UInt8]: Int32] {
    guard let entries = try model()["vocab"]?.object, !entries.keys.isEmpty else {
      throw invalid("model.vocab", "is missing or empty")
    }
    var vocabulary: [[UInt8]: Int32] = [:]
    vocabulary.reserveCapacity(entries.keys.count)
    var seen = Set<Int32>()
    for key in entries.keys {
      guard let id = entries[key]?.integer, let small = Int32(exactly: id), small >= 0 else {
        throw invalid("model.vocab", "the id of '\(key)' is not a whole number of at least 0")
      }
      guard seen.insert(small).inserted else {
        throw invalid("model.vocab", "id \(id) is given twice, the second time to '\(key)'")
      }
      vocabulary[Array(key.utf8)] = small
    }
    return vocabulary
  }

  func encoding(_ vocabulary: [[UInt8]: Int32]) throws -> BytePairEncoding {
    let model = try model()
    guard let merges = model["merges"]?.array else { throw invalid("model.merges", "is missing") }
    let pairs = try merges.enumerated().map { index, merge in try pair(merge, index) }
    let unknown = model["unk_token"]?.string.flatMap { vocabulary[Array($0.utf8)] }
    var fallback: [Int32]?
    if model["byte_fallback"]?.bool == true {
      let ids = (0..<256).compactMap { vocabulary[Array(String(format: "<0x%02X>", $0).utf8)] }
      fallback = ids.count == 256 ? ids : nil
    }
    return BytePairEncoding(
      vocabulary: vocabulary,
      merges: try Self.merges(pairs, vocabulary) { self.invalid("model.merges", $0) },
      ignoresMerges: model["ignore_merges"]?.bool ?? false, unknownID: unknown,
      byteFallback: fallback)
  }

  private func pair(_ merge: JSONValue, _ index: Int) throws -> ([UInt8], [UInt8]) {
    if let parts = merge.array, parts.count == 2, let left = parts[0].string,
      let right = parts[1].string
    {
      return (Array(left.utf8), Array(right.utf8))
    }
    guard let text = merge.string, let pair = Self.pair(text) else {
      throw invalid("model.merges[\(index)]", "is not a pair of tokens")
    }
    return pair
  }

  /// "left right" → both.
  static func pair(_ text: String) -> ([UInt8], [UInt8])? {
    let bytes = Array(text.utf8)
    guard let space = bytes.dropFirst().firstIndex(of: 32), space + 1 < bytes.count else {
      return nil
    }
    return (Array(bytes[..<space]), Array(bytes[(space + 1)...]))
  }

  static func merges(
    _ pairs: [([UInt8], [UInt8])], _ vocabulary: [[UInt8]: Int32],
    problem: (String) -> TokenizerError
  ) throws -> [(left: Int32, right: Int32, union: Int32)] {
    try pairs.enumerated().map { index, pair in
      for token in [pair.0, pair.1, pair.0 + pair.1] where vocabulary[token] == nil {
        let name = String(decoding: token, as: UTF8.self)
        throw problem("merge \(index) names '\(name)', which the vocabulary does not have")
      }
      return (
        vocabulary[pair.0] ?? 0, vocabulary[pair.1] ?? 0, vocabulary[pair.0 + pair.1] ?? 0
      )
    }
  }

  func addedTokens() throws -> [AddedTokens.Token] {
    try (json["added_tokens"]?.array ?? []).enumerated().map { index, value in
      guard let token = value.object, let content = token["content"]?.string,
        let id = token["id"]?.integer.flatMap({ Int32(exactly: $0) }), id >= 0
      else { throw invalid("added_tokens[\(index)]", "wants 'id' and 'content'") }
      return AddedTokens.Token(
        id: id, content: content, isSpecial: token["special"]?.bool ?? false,
        stripsLeft: token["lstrip"]?.bool ?? false, stripsRight: token["rstrip"]?.bool ?? false,
        isSingleWord: token["single_word"]?.bool ?? false)
    }
  }

  func isByteLevelDecoder() throws -> Bool {
    guard let decoder = json["decoder"]?.object else { return true }
    let types = [decoder] + (decoder["decoders"]?.array ?? []).compactMap(\.object)
    return types.contains { $0["type"]?.string == "ByteLevel" }
  }

  /// Whether a decoder of the Llama kind drops the leading space.
  var stripsFirstSpace: Bool {
    guard let decoder = json["decoder"]?.object else { return false }
    let steps = [decoder] + (decoder["decoders"]?.array ?? []).compactMap(\.object)
    return steps.contains {
      $0["type"]?.string == "Strip" && ($0["start"]?.integer ?? 0) > 0
        || $0["type"]?.string == "Metaspace"
    }
  }

  /// Bytes of a token of the SentencePiece kind.
  static func plainBytes(_ token: String) -> [UInt8] {
    if token.utf8.count == 6, token.hasPrefix("<0x"), token.hasSuffix(">"),
      let byte = UInt8(token.dropFirst(3).dropLast(), radix: 16)
    {
      return [byte]
    }
    return Array(token.replacingOccurrences(of: "▁", with: " ", options: .literal).utf8)
  }
}
