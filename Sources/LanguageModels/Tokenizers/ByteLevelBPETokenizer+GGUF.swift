import Foundation
package import Tensors

extension ByteLevelBPETokenizer {
  private static let llama3 =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

  /// llama.cpp's names of pre-tokenizers.
  private static func preTokenizer(_ name: String, path: String) throws -> PreTokenizer {
    let gpt2 = PreTokenizer.byteLevel(addsPrefixSpace: false, usesPattern: true)
    let bytes = PreTokenizer.byteLevel(addsPrefixSpace: false, usesPattern: false)
    func split(_ pattern: String) throws -> PreTokenizer {
      .sequence([
        .split(
          PatternSplit(
            pattern: try NSRegularExpression(pattern: pattern), behavior: .isolated,
            inverted: false)), bytes,
      ])
    }
    switch name {
    case "default", "gpt-2", "gpt2", "roberta-bpe", "phi-2", "jina-es", "jina-de", "mpt", "olmo":
      return gpt2
    case "smollm", "starcoder", "refact", "command-r", "codeshell":
      return .sequence([.digits(individual: true), gpt2])
    case "llama-bpe", "llama3", "llama-v3": return try split(llama3)
    case "qwen2", "deepseek-r1-qwen", "megrez":
      return try split(llama3.replacingOccurrences(of: "{1,3}", with: ""))
    default:
      throw TokenizerError.unsupported(
        path: path, component: "tokenizer.ggml.pre '\(name)'",
        supported: ["default", "gpt-2", "roberta-bpe", "smollm", "starcoder", "llama-bpe", "qwen2"])
    }
  }

  /// The `gpt2` vocabulary of a GGUF file.
  package init(_ metadata: GGUFTokenizerMetadata, path: String) throws {
    var vocabulary: [[UInt8]: Int32] = [:]
    var pieces: [Int32: [UInt8]] = [:]
    var added: [AddedTokens.Token] = []
    for (index, token) in metadata.tokens.enumerated() {
      let id = Int32(index)
      let type = index < metadata.tokenTypes.count ? metadata.tokenTypes[index] : .normal
      vocabulary[Array(token.utf8)] = id
      if type == .control || type == .userDefined {
        added.append(.init(id: id, content: token, isSpecial: type == .control))
        pieces[id] = Array(token.utf8)
      } else {
        pieces[id] = ByteAlphabet.decode(token)
      }
    }
    let pairs = try metadata.merges.enumerated().map { index, merge in
      guard let pair = TokenizerJSON.pair(merge) else {
        throw TokenizerError.invalid(
          path: path, place: "tokenizer.ggml.merges[\(index)]", reason: "is not a pair of tokens")
      }
      return pair
    }
    let merges = try TokenizerJSON.merges(pairs, vocabulary) {
      TokenizerError.invalid(path: path, place: "tokenizer.ggml.merges", reason: $0)
    }
    let pre = metadata.pre ?? "default"
    encoding = BytePairEncoding(
      vocabulary: vocabulary, merges: merges,
      ignoresMerges: pre.hasPrefix("llama"), unknownID: nil, byteFallback: nil)
    self.added = AddedTokens(added)
    normalizers = pre == "qwen2" ? [.nfc] : []
    preTokenizer = try Self.preTokenizer(pre, path: path)
    beginID = metadata.beginID
    endID = metadata.endID
    prefix = metadata.addsBegin == true ? metadata.beginID.map { [Int32($0)] } ?? [] : []
    suffix = metadata.addsEnd == true ? metadata.endID.map { [Int32($0)] } ?? [] : []
    self.pieces = pieces
    specialIDs = Set(added.filter(\.isSpecial).map(\.id))
    stripsFirstSpace = false
    vocabularySize = metadata.tokens.count
  }
}
