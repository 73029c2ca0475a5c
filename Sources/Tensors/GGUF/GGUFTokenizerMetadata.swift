/// The vocabulary inside a GGUF file, as plain arrays.
///
/// `tokens`, `scores` and `tokenTypes` are parallel; the position is the id. Compare tokens by their UTF-8,
/// not as `String`: two ids may hold canonically equivalent text.
package struct GGUFTokenizerMetadata: Sendable {
  /// `tokenizer.ggml.token_type`.
  package enum TokenType: Int, Sendable {
    case normal = 1
    case unknown, control, userDefined, unused, byte
  }

  /// `gpt2` (byte-level BPE) or `llama` (SentencePiece).
  package let model: String
  /// Pre-tokenizer kind of a `gpt2` vocabulary, for example `smollm`.
  package let pre: String?
  package let tokens: [String]
  /// Log-probability of each token (SentencePiece); empty when absent.
  package let scores: [Float]
  /// Kind of each token; empty when absent.
  package let tokenTypes: [TokenType]
  /// Merges in order of rank, each "left right"; empty when absent.
  package let merges: [String]
  package let beginID: Int?
  package let endID: Int?
  package let unknownID: Int?
  package let paddingID: Int?
  /// Whether texts begin with `beginID`; nil when the file does not say.
  package let addsBegin: Bool?
  /// Whether texts end with `endID`; nil when the file does not say.
  package let addsEnd: Bool?
  /// Whether a space goes before every text (SentencePiece); nil when the file does not say.
  package let addsSpacePrefix: Bool?
  /// Jinja templates of a conversation by name; the main one is called `default`.
  package let chatTemplates: [String: String]

  /// Reads the vocabulary of `file`.
  ///
  /// - Throws: `GGUFError.invalidMetadata` for a missing, misshapen or out-of-range value.
  package init(file: GGUFFile) throws(GGUFError) {
    let reader = Reader(metadata: file.metadata, path: file.path)
    guard let model = try reader.string("model") else {
      throw reader.invalid("model", "is missing; the file has no tokenizer")
    }
    self.model = model
    pre = try reader.string("pre")
    tokens = try reader.list("tokens", "text") { $0.string }
    guard !tokens.isEmpty else { throw reader.invalid("tokens", "is missing or empty") }
    scores = try reader.list("scores", "numbers") { $0.number.map { Float($0) } }
    tokenTypes = try reader.list("token_type", "numbers from 1 to 6") { value in
      value.integer.flatMap { TokenType(rawValue: $0) }
    }
    merges = try reader.list("merges", "text") { $0.string }
    for (name, count) in [("scores", scores.count), ("token_type", tokenTypes.count)]
    where count != 0 && count != tokens.count {
      throw reader.invalid(name, "has \(count) elements for \(tokens.count) tokens")
    }
    beginID = try reader.id("bos_token_id", below: tokens.count)
    endID = try reader.id("eos_token_id", below: tokens.count)
    unknownID = try reader.id("unknown_token_id", below: tokens.count)
    paddingID = try reader.id("padding_token_id", below: tokens.count)
    addsBegin = try reader.bool("add_bos_token")
    addsEnd = try reader.bool("add_eos_token")
    addsSpacePrefix = try reader.bool("add_space_prefix")
    chatTemplates = Self.chatTemplates(file.metadata)
  }

  private static func chatTemplates(_ metadata: [String: GGUFValue]) -> [String: String] {
    let key = "tokenizer.chat_template"
    var templates: [String: String] = [:]
    for (name, value) in metadata where name.hasPrefix(key + ".") {
      templates[String(name.dropFirst(key.count + 1))] = value.string
    }
    templates["default"] = metadata[key]?.string ?? templates["default"]
    return templates
  }

  /// Typed access to the `tokenizer.ggml.*` values.
  private struct Reader {
    let metadata: [String: GGUFValue]
    let path: String

    func invalid(_ name: String, _ reason: String) -> GGUFError {
      .invalidMetadata(path: path, key: "tokenizer.ggml.\(name)", reason: reason)
    }

    private func value<Value>(
      _ name: String, _ kind: String, _ convert: (GGUFValue) -> Value?
    ) throws(GGUFError) -> Value? {
      guard let stored = metadata["tokenizer.ggml.\(name)"] else { return nil }
      guard let value = convert(stored) else { throw invalid(name, "should be \(kind)") }
      return value
    }

    func string(_ name: String) throws(GGUFError) -> String? {
      try value(name, "text") { $0.string }
    }

    func bool(_ name: String) throws(GGUFError) -> Bool? {
      try value(name, "true or false") { $0.bool }
    }

    func id(_ name: String, below count: Int) throws(GGUFError) -> Int? {
      try value(name, "a token id below \(count)") { stored in
        stored.integer.flatMap { (0..<count).contains($0) ? $0 : nil }
      }
    }

    func list<Element>(
      _ name: String, _ kind: String, _ convert: (GGUFValue) -> Element?
    ) throws(GGUFError) -> [Element] {
      guard let stored = metadata["tokenizer.ggml.\(name)"] else { return [] }
      guard let array = stored.array else { throw invalid(name, "should be a list of \(kind)") }
      var elements: [Element] = []
      elements.reserveCapacity(array.count)
      for (index, value) in array.enumerated() {
        guard let element = convert(value) else {
          throw invalid(name, "element \(index) should be \(kind)")
        }
        elements.append(element)
      }
      return elements
    }
  }
}
