/// tokenizer.json, tokenizer.model and the files beside them, and rows of texts.
extension Reader {
  static func tokenizers() throws -> [Reader] {
    [
      try tokenizerJSON, tokenizerPatterns, tokenizerConfiguration, chatTemplate, sentencePiece,
      rows,
    ]
  }

  private static let tokenize = [
    command("tokenize --model model --input texts.jsonl"),
    command("tokenize --model model --special --input texts.jsonl"),
  ]

  private static let texts = [
    "The keeper counts 12 ships, 3.5 more!", "  two  spaces\n\nand lines\t", "",
    "don't  WE'LL it's", "é ﬁ ß İ 日本 🌊🏽",
    "e\u{0301}\u{0302} a\u{0000}b", "<s>a</s> <|endoftext|> [INST]", "x²½Ⅷ٣ _a-b",
    "\u{00A0}\u{2003}\u{3000}z\r\n",
  ]

  private static let textRows = texts.map { Tree.object([("text", .string($0))]).json + "\n" }
    .joined()

  private static let words = [
    "BPE", "Unigram", "WordPiece", "WordLevel", "ByteLevel", "Metaspace", "Split", "Sequence",
    "Digits", "Punctuation",
    "Whitespace", "WhitespaceSplit", "BertPreTokenizer", "CharDelimiterSplit", "Replace", "Prepend",
    "NFC", "NFD",
    "NFKC", "NFKD", "Lowercase", "Strip", "StripAccents", "Precompiled", "TemplateProcessing",
    "Isolated", "Removed",
    "Contiguous", "MergedWithNext", "MergedWithPrevious", "Regex", "String", "first", "always",
    "never",
    "byte_fallback", "ignore_merges", "fuse_unk", "unk_token", "dropout",
    "continuing_subword_prefix", "lstrip",
    "rstrip", "single_word", "normalized", "special", "add_prefix_space", "trim_offsets",
    "use_regex", "invert",
    "behavior", "pattern", "individual_digits", "split_special_tokens", "add_bos_token",
    "extra_special_tokens",
    "added_tokens_decoder", "additional_special_tokens", "clean_up_tokenization_spaces",
    "model_max_length", "legacy",
  ]

  private static let original: @Sendable () throws -> Files = {
    var files = Files()
    files["model/tokenizer.json"] = try Fixture.bytes("tokenizers/bpe/tokenizer.json")
    files[text: "texts.jsonl"] = textRows
    return files
  }

  /// The vocabulary under other normalizers, splitters and processors, then spoilt.
  private static var tokenizerJSON: Reader {
    get throws {
      let cases = try Tree(json: try Fixture.bytes("tokenizers/bpe-cases.json"))
      guard case .array(let changes) = cases["cases"] ?? cases else {
        throw FuzzError.message("bpe-cases.json holds no list")
      }
      return Reader(
        name: "tokenizer-json", names: ["tokenizer.json", "texts.jsonl"], commands: tokenize,
        original: original,
        spoil: { files, random in
          var tree = try Tree(json: files["model/tokenizer.json"])
          if !random.oneIn(4) { apply(random.pick(changes)["changes"], to: &tree) }
          files[text: "model/tokenizer.json"] = tree.json
          if random.oneIn(8) {
            Bytes.spoil(&files["model/tokenizer.json"], words: words, &random)
          } else if !random.oneIn(8) {
            TreeSpoiler(words: words).spoil(&tree, &random)
            files[text: "model/tokenizer.json"] = tree.json
          }
        }, peer: .tokenizers)
    }
  }

  private static func apply(_ changes: Tree?, to tree: inout Tree) {
    guard case .object(let pairs)? = changes else { return }
    for (key, value) in pairs {
      if key == "vocab" || key == "merges" {
        tree["model"]?[key] = value
      } else if key == "model", case .object(let settings) = value {
        for (name, setting) in settings { tree["model"]?[name] = setting }
      } else {
        tree[key] = value
      }
    }
  }

  /// Valid splitters and normalizers with patterns of Oniguruma's dialect.
  private static var tokenizerPatterns: Reader {
    Reader(
      name: "tokenizer-patterns", names: ["tokenizer.json", "texts.jsonl"], commands: tokenize,
      original: original,
      spoil: { files, random in
        var tree = try Tree(json: files["model/tokenizer.json"])
        let pattern = Tree.object([("Regex", .string(Pattern.make(.oniguruma, &random)))])
        if random.oneIn(4) {
          tree["normalizer"] = .object([
            ("type", .string("Replace")), ("pattern", pattern),
            ("content", .string(random.pick(["", "_", "ab"]))),
          ])
        } else {
          let behaviors = [
            "Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous",
          ]
          let split = Tree.object([
            ("type", .string("Split")), ("pattern", pattern),
            ("behavior", .string(random.pick(behaviors))),
            ("invert", .bool(random.oneIn(4))),
          ])
          let bytes = Tree.object([
            ("type", .string("ByteLevel")), ("add_prefix_space", .bool(false)),
            ("trim_offsets", .bool(true)),
            ("use_regex", .bool(false)),
          ])
          tree["pre_tokenizer"] = .object([
            ("type", .string("Sequence")), ("pretokenizers", .array([split, bytes])),
          ])
        }
        files[text: "model/tokenizer.json"] = tree.json
      }, peer: .tokenizers)
  }

  private static var tokenizerConfiguration: Reader {
    Reader(
      name: "tokenizer-config",
      names: [
        "tokenizer.json", "tokenizer_config.json", "added_tokens.json", "special_tokens_map.json",
        "texts.jsonl", "model:",
      ], commands: tokenize,
      original: {
        var files = try original()
        files[text: "model/tokenizer_config.json"] = """
          {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": {"content": "</s>",
           "lstrip": false, "normalized": false, "rstrip": false, "single_word": false, "special": true},
           "model_max_length": 64, "clean_up_tokenization_spaces": false}
          """
        return files
      },
      spoil: { files, random in
        let path = random.pick([
          "tokenizer_config.json", "tokenizer_config.json", "added_tokens.json",
          "special_tokens_map.json",
        ])
        var tree: Tree
        switch path {
        case "added_tokens.json":
          tree = .object([("<extra>", .raw("480")), ("[INST]", .raw("481"))])
        case "special_tokens_map.json":
          tree = .object([("bos_token", .string("<s>")), ("pad_token", .string("</s>"))])
        default:
          tree = try Tree(json: files["model/\(path)"])
          if random.oneIn(2) {
            let token = Tree.object([
              ("content", .string(random.pick(["<extra>", "two", " "]))),
              ("lstrip", .bool(random.oneIn(2))),
              ("special", .bool(random.oneIn(2))),
            ])
            tree["added_tokens_decoder"] = .object([("480", token)])
          }
        }
        TreeSpoiler(words: words).spoil(&tree, &random)
        files[text: "model/\(path)"] = tree.json
      })
  }

  /// Chat templates, which are programs from strangers.
  private static var chatTemplate: Reader {
    let chat =
      "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] | trim }}\n{% endfor %}"
    return Reader(
      name: "chat-template",
      names: ["tokenizer_config.json", "chat_template", "chat template", "model"],
      commands: [
        command(
          "score --model model --apply-chat-template --tasks village_write --limit 2 --include-path tasks "
            + "--data data --work ../out/w")
      ],
      original: {
        var files = try MicroModel.withTokenizer()
        try files.add(fixtures: "village/tasks", to: "tasks")
        try files.add(fixtures: "village/data", to: "data")
        files[text: "model/chat_template.jinja"] = chat
        return files
      },
      spoil: { files, random in
        let path = "model/chat_template.jinja"
        switch random.below(4) {
        case 0: Bytes.spoil(&files[path], words: TemplateText.words, &random)
        case 1: files[text: path] = TreeSpoiler(words: TemplateText.words).changed(chat, &random)
        case 2: files[text: path] = TemplateText.make(&random)
        default:
          let inside = TemplateText.make(&random)
          files[text: path] = chat.replacing("{% endfor %}", with: inside + "{% endfor %}")
        }
      }, statuses: [3], printsData: false)
  }

  private static var sentencePiece: Reader {
    Reader(
      name: "sentencepiece", names: ["tokenizer.model", "tokenizer_config.json", "texts.jsonl"],
      commands: tokenize,
      original: {
        var files = Files()
        try files.add(fixtures: "tokenizers/sentencepiece", to: "model")
        files[text: "texts.jsonl"] = textRows
        return files
      },
      spoil: { files, random in
        if random.oneIn(4) {
          Bytes.spoil(&files["model/tokenizer.model"], &random)
        } else {
          var message = try Protobuf(files["model/tokenizer.model"][...], nested: [1, 2, 3, 5])
          for _ in 0..<random.few(3) { message.spoil(&random) }
          files["model/tokenizer.model"] = message.bytes
        }
      })
  }

  /// Rows that a user writes.
  private static var rows: Reader {
    Reader(
      name: "rows", names: ["rows.jsonl"],
      commands: [
        command("loglikelihood --model model --input rows.jsonl"),
        command("tokenize --model model --input rows.jsonl"),
        command("generate --model model --max-tokens 2 --input rows.jsonl"),
      ],
      original: {
        var files = try MicroModel.withTokenizer()
        files[text: "rows.jsonl"] = """
          {"text": "a lamp", "context": "The lamp", "continuation": " burns", "prompt": "The"}
          {"text": "", "context": "", "continuation": " x", "prompt": "A long night"}

          """
        return files
      },
      spoil: { files, random in
        Lines.spoil(
          &files["rows.jsonl"], words: ["context_ids", "continuation_ids", "ids", "text"], &random)
      },
      statuses: [3])
  }
}

/// Rows of JSON, a line each.
enum Lines {
  static func spoil(_ bytes: inout [UInt8], words: [String], _ random: inout Random) {
    var lines = bytes.split(separator: 0x0A).map(Array.init)
    guard !lines.isEmpty, !random.oneIn(5) else {
      return Bytes.spoil(&bytes, words: words, &random)
    }
    // Every row once at most: a spoilt one cannot be read again.
    var whole = Array(lines.indices)
    for _ in 0..<random.few(3) where !whole.isEmpty {
      let place = whole.remove(at: random.below(whole.count))
      guard var tree = try? Tree(json: lines[place]) else { continue }
      TreeSpoiler(words: words).spoil(&tree, &random)
      lines[place] = Array(tree.json.utf8)
    }
    if random.oneIn(6) { lines.insert(random.pick(lines), at: random.below(lines.count)) }
    bytes = lines.flatMap { $0 + [0x0A] }
  }
}
