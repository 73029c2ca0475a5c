import Foundation
import Tensors

/// What tokenizer_config.json and special_tokens_map.json say about a tokenizer.
struct TokenizerConfiguration: Sendable {
  /// Whether neither file is there.
  private(set) var isEmpty = true
  var beginToken: String?
  var endToken: String?
  var unknownToken: String?
  /// RoBERTa's tokens before and after a text, of padding and of a gap to fill.
  var classToken: String?
  var separatorToken: String?
  var paddingToken: String?
  var maskToken: String?
  /// Whether the tokenizer is RoBERTa's: texts stand between the class and separator tokens.
  var isRoberta = false
  /// Whether texts get the begin and end tokens; nil where the file does not say.
  var addsBegin: Bool?
  var addsEnd: Bool?
  var addsPrefixSpace: Bool?
  /// Llama's: whether a space also goes before text that follows a special token; nil if unsaid.
  var isLegacy: Bool?
  /// Tokens of `added_tokens_decoder`.
  var addedTokens: [AddedToken] = []

  /// Reads what there is in `folder`.
  ///
  /// - Throws: `ModelError`, `FileError` or `TokenizerError`.
  init(folder: String) throws {
    let map = "\(folder)/special_tokens_map.json"
    let main = "\(folder)/tokenizer_config.json"
    for path in [map, main] where FileManager.default.fileExists(atPath: path) {
      isEmpty = false
      let fields = JSONFields(file: path, object: try JSONFile.object(path: path))
      beginToken = try fields.token("bos_token") ?? beginToken
      endToken = try fields.token("eos_token") ?? endToken
      unknownToken = try fields.token("unk_token") ?? unknownToken
      classToken = try fields.token("cls_token") ?? classToken
      separatorToken = try fields.token("sep_token") ?? separatorToken
      paddingToken = try fields.token("pad_token") ?? paddingToken
      maskToken = try fields.token("mask_token") ?? maskToken
      if path == main { try readFlags(fields) }
    }
  }

  /// What transformers' RobertaTokenizer takes where the files do not say.
  mutating func completeAsRoberta() {
    isRoberta = true
    classToken = classToken ?? "<s>"
    separatorToken = separatorToken ?? "</s>"
    beginToken = beginToken ?? "<s>"
    endToken = endToken ?? "</s>"
    unknownToken = unknownToken ?? "<unk>"
    paddingToken = paddingToken ?? "<pad>"
    maskToken = maskToken ?? "<mask>"
  }

  private mutating func readFlags(_ fields: JSONFields) throws(TokenizerError) {
    addsBegin = try fields.bool("add_bos_token")
    addsEnd = try fields.bool("add_eos_token")
    addsPrefixSpace = try fields.bool("add_prefix_space")
    isLegacy = try fields.bool("legacy")
    isRoberta = try fields.string("tokenizer_class")?.hasPrefix("RobertaTokenizer") ?? false
    guard let decoder = try fields.fields("added_tokens_decoder") else { return }
    for key in decoder.object.keys {
      guard let id = Int(key), let token = try decoder.fields(key) else {
        throw decoder.invalid(key, "should be an id with a token")
      }
      addedTokens.append(try AddedToken(token, id: id))
    }
  }
}

extension AddedToken {
  /// A token as tokenizer.json and tokenizer_config.json write it.
  init(_ fields: JSONFields, id: Int) throws(TokenizerError) {
    guard (0...TokenTable.maximumID).contains(id) else {
      throw fields.invalid("id", "\(id) is not an id from 0 to \(TokenTable.maximumID)")
    }
    self.init(id: id, content: Array(try fields.requiredString("content").utf8))
    stripsLeft = try fields.bool("lstrip", default: false)
    stripsRight = try fields.bool("rstrip", default: false)
    isSingleWord = try fields.bool("single_word", default: false)
    isSpecial = try fields.bool("special", default: false)
    isNormalized = try fields.bool("normalized", default: !isSpecial)
  }
}
