import Formats
import Tensors

extension ByteLevelBPETokenizer {
  /// How a `tokenizer.ggml.pre` kind prepares text.
  private struct Kind {
    let steps: [PreTokenizer]
    var normalizer: TextNormalizer?
    var ignoresMerges = false
    var addsBegin = false

    static let byteLevel = PreTokenizer.byteLevel(addsPrefixSpace: false, usesPattern: true)

    private static func contemporary(digits: Int) -> [PreTokenizer] {
      [
        .split(.words(.contemporary(maximumDigits: digits)), .isolated, inverted: false),
        .byteLevel(addsPrefixSpace: false, usesPattern: false),
      ]
    }

    /// What llama.cpp does where a file names no kind: punctuation, GPT-2's words, numbers, three digits.
    static func unnamed(_ path: String) throws(TokenizerError) -> Kind {
      let expressions = [
        #"[\p{P}\$\+<=>\^~\|]+"#, WordPattern.gpt2Expression, #"\p{N}+"#, "[0-9][0-9][0-9]",
      ]
      var steps: [PreTokenizer] = []
      for expression in expressions {
        let pattern = try TextPattern(
          expression: expression, file: path, field: "tokenizer.ggml.pre")
        steps.append(.split(pattern, .isolated, inverted: false))
      }
      return Kind(steps: steps + [.byteLevel(addsPrefixSpace: false, usesPattern: false)])
    }

    static let all: [(names: [String], kind: Kind)] = [
      (
        ["gpt-2", "gpt2", "roberta-bpe", "phi-2", "jina-es", "jina-de", "mpt", "olmo"],
        Kind(steps: [byteLevel])
      ),
      (
        ["smollm", "starcoder", "refact", "command-r", "codeshell"],
        Kind(steps: [.digits(individual: true), byteLevel])
      ),
      (
        ["llama-bpe", "llama3", "llama-v3"],
        Kind(steps: contemporary(digits: 3), ignoresMerges: true, addsBegin: true)
      ),
      (
        ["qwen2", "stablelm2", "deepseek-r1-qwen", "megrez"],
        Kind(steps: contemporary(digits: 1), normalizer: .canonicalComposition)
      ),
    ]
  }

  /// The vocabulary of a GGUF file whose model is `gpt2`.
  ///
  /// - Parameter path: the file's, for errors.
  init(gguf metadata: GGUFTokenizerMetadata, path: String) throws(TokenizerError) {
    var facts = Facts(file: path, beginID: metadata.beginID, endID: metadata.endID)
    if metadata.pre == nil {
      facts.notes.append(
        "\(path.shown()): tokenizer.ggml.pre is missing, so that how the model cuts text is not known; "
          + "llama.cpp's default is assumed; convert the model again if it has another (early Llama 3 files do)"
      )
    }
    let name = metadata.pre ?? "default"
    let known = Kind.all.first { $0.names.contains(name) }?.kind
    guard let kind = name == "default" ? try Kind.unnamed(path) : known else {
      throw .unsupported(
        file: path, component: "tokenizer.ggml.pre", name: name,
        known: ["default"] + Kind.all.flatMap(\.names))
    }
    var tokens = TokenTable()
    tokens.reserveCapacity(metadata.tokens.count)
    for (id, token) in metadata.tokens.enumerated() {
      if let rejection = tokens.add(Array(token.utf8), id: id) {
        throw .invalid(
          file: path, field: "tokenizer.ggml.tokens[\(id)]", reason: rejection.description(id: id))
      }
    }
    var steps = Steps(
      normalizer: kind.normalizer, preTokenizer: .sequence(kind.steps), decoder: .byteLevel)
    if metadata.addsBegin ?? kind.addsBegin, let id = metadata.beginID {
      steps.affixes.prefix = [id]
    }
    if metadata.addsEnd ?? false, let id = metadata.endID { steps.affixes.suffix = [id] }
    try self.init(
      encoder: BytePairEncoder(
        tokens: tokens, merges: try Self.merges(metadata, tokens, path),
        ignoresMerges: kind.ignoresMerges),
      addedTokens: metadata.addedTokens, steps: steps, facts: facts)
  }

  private static func merges(
    _ metadata: GGUFTokenizerMetadata, _ tokens: TokenTable, _ path: String
  ) throws(TokenizerError) -> MergeTable {
    let field = "tokenizer.ggml.merges"
    guard !metadata.merges.isEmpty else { throw .missing(file: path, field: field) }
    var merges: [(left: [UInt8], right: [UInt8])] = []
    merges.reserveCapacity(metadata.merges.count)
    for (rank, text) in metadata.merges.enumerated() {
      guard let pair = MergeTable.pair(text) else {
        throw .invalid(file: path, field: "\(field)[\(rank)]", reason: "should be two tokens")
      }
      merges.append(pair)
    }
    return try MergeTable(merges, tokens: tokens, file: path, field: field)
  }
}

extension GGUFTokenizerMetadata {
  /// The control tokens and those that users defined, which are looked for in text.
  var addedTokens: [AddedToken] {
    zip(tokens.indices, tokenTypes).compactMap { id, type in
      guard type == .control || type == .userDefined else { return nil }
      return AddedToken(id: id, content: Array(tokens[id].utf8), isSpecial: type == .control)
    }
  }
}
