import Formats
import Tensors

/// Turns the vocabulary of a GGUF file into the tokenizer files of a Hugging Face folder.
enum GGUFTokenizerFiles {
  /// Writes tokenizer.json and tokenizer_config.json into `folder`.
  ///
  /// - Returns: why nothing was written, for a vocabulary that cannot be expressed; nil otherwise.
  static func write(_ vocabulary: GGUFTokenizerMetadata, to folder: String) throws -> String? {
    guard vocabulary.model == "gpt2" else {
      return
        "no tokenizer was written: the GGUF vocabulary '\(vocabulary.model)' has no tokenizer.json; "
        + "copy the tokenizer files of the original model into \(folder)"
    }
    guard let splitting = Splitting.named(vocabulary.pre) else {
      return "no tokenizer was written: the pre-tokenizer '\(vocabulary.pre ?? "")' is not known; "
        + "copy the tokenizer files of the original model into \(folder)"
    }
    try ModelWriter.write(tokenizer(vocabulary, splitting), to: "\(folder)/tokenizer.json")
    try ModelWriter.write(configuration(vocabulary), to: "\(folder)/tokenizer_config.json")
    return nil
  }

  /// How a `tokenizer.ggml.pre` kind cuts text before the merges.
  private struct Splitting {
    let preTokenizer: Value
    let normalizer: Value
    let ignoresMerges: Bool
    let addsBegin: Bool

    static func named(_ pre: String?) -> Splitting? {
      switch pre {
      case "gpt-2":
        Splitting(
          preTokenizer: byteLevel(usesRegex: true), normalizer: .null, ignoresMerges: false,
          addsBegin: false)
      case "smollm":
        Splitting(
          preTokenizer: sequence([
            .mapping(["type": .string("Digits"), "individual_digits": .bool(true)]),
            byteLevel(usesRegex: true),
          ]), normalizer: .null, ignoresMerges: false, addsBegin: false)
      case "llama-bpe":
        Splitting(
          preTokenizer: split(digits: "\\p{N}{1,3}"), normalizer: .null, ignoresMerges: true,
          addsBegin: true)
      case "qwen2":
        Splitting(
          preTokenizer: split(digits: "\\p{N}"), normalizer: .mapping(["type": .string("NFC")]),
          ignoresMerges: false, addsBegin: false)
      default: nil
      }
    }

    private static func sequence(_ steps: [Value]) -> Value {
      .mapping(["type": .string("Sequence"), "pretokenizers": .list(steps)])
    }

    /// The regular expression of Llama 3 and Qwen2, which differ in how many digits stay together.
    private static func split(digits: String) -> Value {
      let pattern =
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\(digits)"
        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
      return sequence([
        .mapping([
          "type": .string("Split"), "pattern": .mapping(["Regex": .string(pattern)]),
          "behavior": .string("Isolated"), "invert": .bool(false),
        ]), byteLevel(usesRegex: false),
      ])
    }
  }

  private static func byteLevel(usesRegex: Bool) -> Value {
    .mapping([
      "type": .string("ByteLevel"), "add_prefix_space": .bool(false), "trim_offsets": .bool(true),
      "use_regex": .bool(usesRegex),
    ])
  }

  private static func tokenizer(
    _ vocabulary: GGUFTokenizerMetadata, _ splitting: Splitting
  ) -> Mapping {
    var ids = Mapping()
    for (id, token) in vocabulary.tokens.enumerated() { ids[token] = .integer(id) }
    let added = zip(vocabulary.tokens.indices, vocabulary.tokenTypes).compactMap { id, type in
      type == .control || type == .userDefined
        ? addedToken(vocabulary.tokens[id], id: id, isSpecial: type == .control) : nil
    }
    return [
      "version": .string("1.0"), "truncation": .null, "padding": .null,
      "added_tokens": .list(added), "normalizer": splitting.normalizer,
      "pre_tokenizer": splitting.preTokenizer,
      "post_processor": postProcessor(vocabulary, splitting),
      "decoder": byteLevel(usesRegex: true),
      "model": .mapping([
        "type": .string("BPE"), "dropout": .null, "unk_token": .null,
        "continuing_subword_prefix": .null, "end_of_word_suffix": .null, "fuse_unk": .bool(false),
        "byte_fallback": .bool(false), "ignore_merges": .bool(splitting.ignoresMerges),
        "vocab": .mapping(ids), "merges": .list(vocabulary.merges.map { .string($0) }),
      ]),
    ]
  }

  private static func addedToken(_ content: String, id: Int, isSpecial: Bool) -> Value {
    .mapping([
      "id": .integer(id), "content": .string(content), "single_word": .bool(false),
      "lstrip": .bool(false), "rstrip": .bool(false), "normalized": .bool(false),
      "special": .bool(isSpecial),
    ])
  }

  /// Puts the beginning-of-sequence token before every text where the model wants it.
  private static func postProcessor(
    _ vocabulary: GGUFTokenizerMetadata, _ splitting: Splitting
  ) -> Value {
    guard vocabulary.addsBegin ?? splitting.addsBegin, let id = vocabulary.beginID else {
      return .null
    }
    let token = vocabulary.tokens[id]
    func piece(_ kind: String, _ name: String, _ type: Int) -> Value {
      .mapping([kind: .mapping(["id": .string(name), "type_id": .integer(type)])])
    }
    let single = [piece("SpecialToken", token, 0), piece("Sequence", "A", 0)]
    return .mapping([
      "type": .string("TemplateProcessing"), "single": .list(single),
      "pair": .list(single + [piece("SpecialToken", token, 1), piece("Sequence", "B", 1)]),
      "special_tokens": .mapping([
        token: .mapping([
          "id": .string(token), "ids": .list([.integer(id)]), "tokens": .list([.string(token)]),
        ])
      ]),
    ])
  }

  private static func configuration(_ vocabulary: GGUFTokenizerMetadata) -> Mapping {
    var json: Mapping = [
      "tokenizer_class": .string("PreTrainedTokenizerFast"),
      "clean_up_tokenization_spaces": .bool(false),
    ]
    let specials = [
      ("bos_token", vocabulary.beginID), ("eos_token", vocabulary.endID),
      ("unk_token", vocabulary.unknownID), ("pad_token", vocabulary.paddingID),
    ]
    for (name, id) in specials {
      if let id { json[name] = .string(vocabulary.tokens[id]) }
    }
    if let template = vocabulary.chatTemplates["default"] {
      json["chat_template"] = .string(template)
    }
    return json
  }
}
