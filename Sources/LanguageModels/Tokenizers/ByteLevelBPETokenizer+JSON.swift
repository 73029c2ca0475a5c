import Formats
import Tensors

extension ByteLevelBPETokenizer {
  /// Reads tokenizer.json.
  ///
  /// - Throws: `ModelError`, `FileError` or `TokenizerError`.
  init(tokenizerFile path: String, configuration: TokenizerConfiguration) throws {
    var configuration = configuration
    let root = JSONFields(file: path, object: try JSONFile.object(path: path))
    let preTokenizer = try root.fields("pre_tokenizer").map(PreTokenizer.init)
    configuration.completeRoles(isBytewise: preTokenizer?.isBytewise == true)
    guard let model = try root.fields("model") else { throw root.missing("model") }
    let encoder = try BytePairEncoder(model)
    var added = AddedVocabulary(model: encoder.tokens, file: path)
    try added.add(try Self.listed(root), from: "added_tokens")
    try added.add(configuration.additions(to: added), from: "tokenizer_config.json")
    func id(_ token: String?) -> Int? {
      token.flatMap { added[Array($0.utf8)]?.id ?? encoder.tokens.id(of: $0) }
    }
    let roberta = Affixes(roberta: configuration, id: id)
    var steps = Steps(
      normalizer: try root.fields("normalizer").map(TextNormalizer.init),
      preTokenizer: preTokenizer,
      decoder: try root.fields("decoder").map(TokenDecoder.init),
      affixes: try root.fields("post_processor").map(Affixes.init) ?? roberta ?? Affixes(),
      splitsSpecial: configuration.splitsSpecial)
    if steps.preTokenizer?.marksStart == true, steps.normalizer?.movesStart == true {
      throw root.invalid(
        "pre_tokenizer",
        "prepend_scheme 'first' is not supported behind a normalizer that moves the start of a text"
      )
    }
    let (begin, end) = (id(configuration.beginToken), id(configuration.endToken))
    var facts = Facts(
      file: path,
      beginID: begin ?? (configuration.beginToken == nil ? steps.affixes.prefix.first : nil),
      endID: end, maximumLength: configuration.maximumLength, notes: added.notes)
    facts.truncatesLeft = configuration.truncatesLeft
    facts.notes += steps.affixes.disagreements(configuration, beginID: begin, endID: end, path)
    if let roberta, roberta != steps.affixes {
      facts.notes.append(
        "\(path.shown()): its post-processor decides what goes around texts, as in transformers 4; transformers 5 "
          + "follows tokenizer_class, RobertaTokenizer, and puts the class and separator tokens there"
      )
    }
    let size = max(encoder.tokens.upperBound, (added.tokens.map(\.id).max() ?? -1) + 1)
    guard (steps.affixes.prefix + steps.affixes.suffix).allSatisfy({ $0 < size }) else {
      throw root.invalid("post_processor", "names an id that is not in the vocabulary")
    }
    if let rebuilt = RebuiltSteps(configuration, beside: steps) {
      if let adds = rebuilt.addsPrefixSpace {
        steps.preTokenizer = steps.preTokenizer?.prefixing(adds)
      }
      if let note = try rebuilt.difference(from: steps, encoder, added.tokens, facts) {
        facts.notes.append(note)
      }
    }
    try self.init(encoder: encoder, addedTokens: added.tokens, steps: steps, facts: facts)
  }

  private static func listed(
    _ root: JSONFields
  ) throws(TokenizerError) -> [AddedVocabulary.Declared] {
    var listed: [AddedVocabulary.Declared] = []
    for fields in try root.list("added_tokens") {
      guard let id = try fields.integer("id") else { throw fields.missing("id") }
      listed.append(.init(try AddedToken(fields, id: id), id: id))
    }
    return listed
  }
}

extension Affixes {
  /// What tokenizer_config.json says goes around texts.
  init(_ configuration: TokenizerConfiguration, beginID: Int?, endID: Int?) {
    self.init()
    if configuration.addsBegin == true, let beginID { prefix = [beginID] }
    if configuration.addsEnd == true, let endID { suffix = [endID] }
  }

  /// RoBERTa's class and separator tokens; nil for other tokenizers and where a token is missing.
  init?(roberta configuration: TokenizerConfiguration, id: (String?) -> Int?) {
    guard configuration.isRoberta, let first = id(configuration.name(.classifier)),
      let last = id(configuration.name(.separator))
    else { return nil }
    self.init(prefix: [first], suffix: [last])
  }

  /// Where tokenizer_config.json says otherwise: beside tokenizer.json its word does not count, in transformers 5 for all
  /// tokenizers, in transformers 4 for most.
  func disagreements(
    _ configuration: TokenizerConfiguration, beginID: Int?, endID: Int?, _ file: String
  ) -> [String] {
    func disagrees(_ says: Bool?, _ id: Int?, _ ids: [Int]) -> Bool {
      guard let says, let id else { return false }
      return says != ids.contains(id)
    }
    var names: [String] = []
    if disagrees(configuration.addsBegin, beginID, prefix) { names.append("add_bos_token") }
    if disagrees(configuration.addsEnd, endID, suffix) { names.append("add_eos_token") }
    return names.map {
      "\(file.shown()): its post-processor decides what goes around texts, as in transformers 5; "
        + "tokenizer_config.json's \($0), which says otherwise, is not followed"
    }
  }
}

extension BytePairEncoder {
  /// Reads `model` of tokenizer.json.
  init(_ model: JSONFields) throws(TokenizerError) {
    let kind = try model.string("type") ?? "BPE"
    guard kind == "BPE" else {
      throw .unsupported(file: model.file, component: "model", name: kind, known: ["BPE"])
    }
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let affix = try model.string(name), !affix.isEmpty {
        throw model.invalid(name, "only an empty one is supported, not '\(affix.shown())'")
      }
    }
    if let dropout = model.object["dropout"]?.number, dropout != 0 {
      throw model.invalid("dropout", "random merges are not supported; set it to null")
    }
    guard let vocabulary = try model.fields("vocab") else { throw model.missing("vocab") }
    guard let list = try model.array("merges") else { throw model.missing("merges") }
    let tokens = try TokenTable(vocabulary)
    var merges: [(left: [UInt8], right: [UInt8])] = []
    merges.reserveCapacity(list.count)
    for (rank, entry) in list.enumerated() {
      // A line of merges.txt that some files took along.
      if entry.string?.hasPrefix("#version") == true { continue }
      guard let pair = Self.pair(entry) else {
        throw model.invalid("merges[\(rank)]", "should be two tokens")
      }
      merges.append(pair)
    }
    let unknown = try model.string("unk_token")
    let unknownID = unknown.flatMap { tokens.id(of: $0) }
    if let unknown, !unknown.isEmpty, unknownID == nil {
      throw model.invalid("unk_token", "'\(unknown.shown())' is not in the vocabulary")
    }
    self.init(
      tokens: tokens,
      merges: try MergeTable(merges, tokens: tokens, file: model.file, field: model.path("merges")),
      unknownID: unknownID, fusesUnknown: try model.bool("fuse_unk", default: false),
      ignoresMerges: try model.bool("ignore_merges", default: false),
      fallsBackToBytes: try model.bool("byte_fallback", default: false))
  }

  /// A merge, written `"a b"` or `["a", "b"]`.
  private static func pair(_ entry: Value) -> (left: [UInt8], right: [UInt8])? {
    if let text = entry.string { return MergeTable.pair(text) }
    guard let list = entry.list, list.count == 2, let left = list[0].string,
      let right = list[1].string
    else { return nil }
    return (Array(left.utf8), Array(right.utf8))
  }
}

extension TokenTable {
  /// Reads an object from tokens to ids.
  init(_ vocabulary: JSONFields) throws(TokenizerError) {
    self.init()
    guard !vocabulary.object.isEmpty else {
      throw .invalid(file: vocabulary.file, field: vocabulary.place, reason: "has no tokens")
    }
    reserveCapacity(vocabulary.object.count)
    for token in vocabulary.object.names {
      guard let id = vocabulary.object[token]?.integer else {
        throw vocabulary.invalid(token, "should be an id")
      }
      if let rejection = add(Array(token.utf8), id: id) {
        throw vocabulary.invalid(token, rejection.description(id: id))
      }
    }
  }
}

extension TokenTable.Rejection {
  func description(id: Int) -> String {
    switch self {
    case .idOutOfRange: "the id \(id) is not from 0 to \(TokenTable.maximumID)"
    case .duplicateToken: "occurs twice"
    case .duplicateID(let token): "has the id \(id), as '\(token.shown())' has"
    }
  }
}

extension MergeTable {
  /// The two tokens of `"a b"`; nil where there are not two.
  static func pair(_ text: String) -> (left: [UInt8], right: [UInt8])? {
    let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    return (Array(parts[0]), Array(parts[1]))
  }

  /// The merges in order of rank.
  ///
  /// - Throws: `TokenizerError.invalid` for a merge of, or into, something that is no token.
  init(
    _ merges: [(left: [UInt8], right: [UInt8])], tokens: TokenTable, file: String, field: String
  ) throws(TokenizerError) {
    self.init(capacity: merges.count)
    for (rank, merge) in merges.enumerated() {
      func id(_ token: [UInt8]) throws(TokenizerError) -> Int {
        if let id = tokens.id(of: token) { return id }
        throw .invalid(
          file: file, field: "\(field)[\(rank)]",
          reason: "'\(String(decoding: token, as: UTF8.self).shown())' is not in the vocabulary")
      }
      add(
        try id(merge.left), try id(merge.right), rank: rank,
        result: try id(merge.left + merge.right))
    }
  }
}
