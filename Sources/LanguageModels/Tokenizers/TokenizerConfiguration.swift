import Formats
import Foundation
import Tensors

/// What tokenizer_config.json, special_tokens_map.json and added_tokens.json say about a tokenizer.
///
/// Where they disagree, they are read as transformers 5 reads them: with `added_tokens_decoder` in
/// tokenizer_config.json the other two files are not looked at, otherwise special_tokens_map.json goes first.
struct TokenizerConfiguration: Sendable {
  /// The tokens that have a part to play, in transformers' order.
  enum Role: String, CaseIterable {
    case begin = "bos_token"
    case end = "eos_token"
    case unknown = "unk_token"
    case separator = "sep_token"
    case padding = "pad_token"
    case classifier = "cls_token"
    case mask = "mask_token"
  }

  /// Whether none of the files is there.
  private(set) var isEmpty = true
  private(set) var roles: [Role: AddedToken] = [:]
  /// The roles that no token plays, because tokenizer_config.json says null.
  private var vacant: Set<Role> = []
  /// Further special tokens: `extra_special_tokens`, `additional_special_tokens`, and others named like roles.
  private(set) var extraTokens: [AddedToken] = []
  /// Tokens with the ids that the files name, in the order of these.
  private(set) var addedTokens: [AddedToken] = []
  /// Whether these come from `added_tokens_decoder`, not from added_tokens.json.
  private var hasDecoder = false
  /// The class that transformers 5 takes, without the suffix `Fast`; nil where it takes the files as they are.
  private(set) var className: String?
  /// Whether texts get the begin and end tokens; nil where the file does not say.
  private(set) var addsBegin: Bool?
  private(set) var addsEnd: Bool?
  private(set) var addsPrefixSpace: Bool?
  /// Llama's: whether a space also goes before text that follows a special token; nil if unsaid.
  private(set) var isLegacy: Bool?
  /// Whether special tokens in text are text like any other.
  private(set) var splitsSpecial = false
  /// Tokens of the longest text that a classifier is to read, what goes around it included.
  private(set) var maximumLength: Int?
  /// Whether a longer text loses its start.
  private(set) var truncatesLeft = false

  /// Whether the tokenizer is RoBERTa's: texts stand between the class and separator tokens.
  var isRoberta: Bool { className == "RobertaTokenizer" }

  var beginToken: String? { name(.begin) }
  var endToken: String? { name(.end) }

  func name(_ role: Role) -> String? {
    roles[role].map { String(decoding: $0.content, as: UTF8.self) }
  }

  /// Reads what there is in `folder`.
  ///
  /// - Parameter classifier: whether it is RoBERTa's where neither the files nor config.json name a class.
  /// - Throws: `ModelError`, `FileError` or `TokenizerError`.
  init(folder: String, classifier: Bool = false) throws {
    func fields(_ name: String) throws -> JSONFields? {
      let path = "\(folder)/\(name)"
      guard FileManager.default.fileExists(atPath: path) else { return nil }
      isEmpty = false
      return JSONFields(file: path, object: try JSONFile.object(path: path))
    }
    let main = try fields("tokenizer_config.json")
    if let main {
      try readFlags(main)
      try readTokens(main)
      try readDecoder(main)
      vacant = Set(Role.allCases.filter { main.object[$0.rawValue] == .null })
    }
    className =
      Self.className(named: try main?.string("tokenizer_class"), folder: folder)
      ?? (classifier ? "RobertaTokenizer" : nil)
    let map = try fields("special_tokens_map.json")
    let added = try fields("added_tokens.json")
    hasDecoder = main?.object["added_tokens_decoder"] != nil
    guard !hasDecoder else { return }
    if let map { try readTokens(map) }
    if let added { try readAddedTokens(added) }
  }

  /// - Parameter name: `tokenizer_class` of tokenizer_config.json.
  private static func className(named name: String?, folder: String) -> String? {
    let path = "\(folder)/config.json"
    let model =
      FileManager.default.fileExists(atPath: path) ? try? JSONFile.object(path: path) : nil
    let named = (name ?? model?["tokenizer_class"]?.string).map {
      $0.hasSuffix("Fast") ? String($0.dropLast(4)) : $0
    }
    switch model?["model_type"]?.string {
    // Whatever the files say.
    case "qwen2": return "Qwen2Tokenizer"
    case "mistral", "phi3", "granite", "stablelm": return nil
    case "qwen3": return named ?? "Qwen2Tokenizer"
    case "roberta": return named ?? "RobertaTokenizer"
    case "gpt2": return named ?? "GPT2Tokenizer"
    default: return named
    }
  }

  /// The tokens that a class has where the files name no others.
  private static let tokensOfClasses: [String: [Role: String]] = [
    "GPT2Tokenizer": [
      .begin: "<|endoftext|>", .end: "<|endoftext|>", .unknown: "<|endoftext|>",
    ],
    "Qwen2Tokenizer": [
      .end: "<|endoftext|>", .unknown: "<|endoftext|>", .padding: "<|endoftext|>",
    ],
    "LlamaTokenizer": [.begin: "<s>", .end: "</s>", .unknown: "<unk>"],
    "RobertaTokenizer": [
      .classifier: "<s>", .separator: "</s>", .begin: "<s>", .end: "</s>", .unknown: "<unk>",
      .padding: "<pad>", .mask: "<mask>",
    ],
  ]

  /// Takes the class's tokens where the files name none.
  ///
  /// - Parameter isBytewise: whether text is cut as GPT-2 does it; then it is no LlamaTokenizer, whatever the files say.
  mutating func completeRoles(isBytewise: Bool) {
    guard let className, className != "LlamaTokenizer" || !isBytewise else { return }
    for (role, text) in Self.tokensOfClasses[className] ?? [:]
    where roles[role] == nil && !vacant.contains(role) {
      roles[role] = AddedToken(special: text)
    }
  }

  private mutating func readFlags(_ fields: JSONFields) throws(TokenizerError) {
    addsBegin = try fields.bool("add_bos_token")
    addsEnd = try fields.bool("add_eos_token")
    addsPrefixSpace = try fields.bool("add_prefix_space")
    isLegacy = try fields.bool("legacy")
    splitsSpecial = try fields.bool("split_special_tokens", default: false)
    let sides = ["right", "left"]
    let side = try fields.string("truncation_side") ?? sides[0]
    guard sides.contains(side) else {
      throw fields.invalid("truncation_side", "should be right or left")
    }
    truncatesLeft = side == sides[1]
    // "No limit" is written as a number beyond all texts, often 10^30.
    if let limit = (fields.object["model_max_length"] ?? fields.object["max_len"])?.number {
      guard limit >= 1 else { throw fields.invalid("model_max_length", "should be 1 or more") }
      maximumLength = limit < 1e9 ? Int(limit) : nil
    }
  }

  /// The roles and the further special tokens; what is there already is replaced.
  private mutating func readTokens(_ fields: JSONFields) throws(TokenizerError) {
    for role in Role.allCases {
      if let token = try fields.specialToken(role.rawValue) { roles[role] = token }
    }
    var further: [AddedToken] = []
    for key in fields.object.names where key.hasSuffix("_token") && Role(rawValue: key) == nil {
      let value = fields.object[key]
      guard value?.string != nil || value?.mapping?["content"] != nil else { continue }
      if let token = try fields.specialToken(key) { further.append(token) }
    }
    let names = ["extra_special_tokens", "additional_special_tokens"]
    if let name = names.first(where: { fields.holdsTokens($0) }) {
      further += try fields.specialTokens(name)
    }
    var known = Set(extraTokens.map(\.content))
    extraTokens += further.filter { known.insert($0.content).inserted }
  }

  private mutating func readDecoder(_ fields: JSONFields) throws(TokenizerError) {
    guard let decoder = try fields.fields("added_tokens_decoder") else { return }
    for key in decoder.object.names {
      guard let id = Int(key), let token = try decoder.fields(key) else {
        throw decoder.invalid(key, "should be an id with a token")
      }
      addedTokens.append(try AddedToken(token, id: id))
    }
    addedTokens.sort { $0.id < $1.id }
  }

  /// The object of added_tokens.json, from tokens to ids.
  private mutating func readAddedTokens(_ fields: JSONFields) throws(TokenizerError) {
    let special = Set((Array(roles.values) + extraTokens).map(\.content))
    for text in fields.object.names {
      guard let id = fields.object[text]?.integer, (0...TokenTable.maximumID).contains(id) else {
        throw fields.invalid(text, "should be an id from 0 to \(TokenTable.maximumID)")
      }
      var token = AddedToken(id: id, content: Array(text.utf8))
      token.isSpecial = special.contains(token.content)
      token.isNormalized = !token.isSpecial
      addedTokens.append(token)
    }
    addedTokens.sort { $0.id < $1.id }
  }

  /// What is to be added beside `present`, the tokens that tokenizer.json lists.
  func additions(to present: AddedVocabulary) -> [AddedVocabulary.Declared] {
    var result: [AddedVocabulary.Declared] = []
    for token in addedTokens {
      var listed = present[token.content]
      // Of what tokenizer.json lists, added_tokens.json says nothing but the id.
      if listed != nil, !hasDecoder { continue }
      listed?.id = token.id
      if listed != token { result.append(.init(token, id: token.id)) }
    }
    var names = Set(result.map(\.token.content))
    let named = Role.allCases.compactMap { roles[$0] }
    for token in named + extraTokens
    where present[token.content] == nil && names.insert(token.content).inserted {
      result.append(.init(token))
    }
    let special = Set(named.map(\.content))
    for index in result.indices where special.contains(result[index].token.content) {
      result[index].token.isSpecial = true
    }
    return result
  }
}

extension JSONFields {
  /// A special token, written as text or as an object; its id is not known here.
  func specialToken(_ field: String) throws(TokenizerError) -> AddedToken? {
    guard let value = object[field], value != .null else { return nil }
    return try specialToken(value, field)
  }

  private func specialToken(_ value: Value, _ field: String) throws(TokenizerError)
    -> AddedToken
  {
    if let text = value.string { return AddedToken(special: text) }
    guard let object = value.mapping else { throw invalid(field, "should be a token") }
    var token = try AddedToken(
      JSONFields(file: file, place: path(field), object: object), id: 0)
    if object["normalized"] == nil { token.isNormalized = false }
    token.isSpecial = true
    return token
  }

  /// Whether `field` is a list or an object with something in it.
  func holdsTokens(_ field: String) -> Bool {
    switch object[field] {
    case .list(let list): !list.isEmpty
    case .mapping(let object): !object.isEmpty
    default: false
    }
  }

  /// A list of special tokens, or an object from names to them.
  func specialTokens(_ field: String) throws(TokenizerError) -> [AddedToken] {
    var result: [AddedToken] = []
    if let named = object[field]?.mapping {
      let inner = JSONFields(file: file, place: path(field), object: named)
      for key in named.names {
        if let token = try inner.specialToken(key) { result.append(token) }
      }
      return result
    }
    for (index, value) in (try array(field) ?? []).enumerated() {
      result.append(try specialToken(value, "\(field)[\(index)]"))
    }
    return result
  }
}

extension AddedToken {
  /// A special token of which only the text is known.
  init(special text: String) {
    self.init(id: 0, content: Array(text.utf8), isSpecial: true)
  }

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
