/// Files of rows: JSON, CSV, Parquet, compressed or not.
extension Reader {
  static func data() -> [Reader] {
    [
      lines, array, csv, tsv, compressed("gz"), compressed("zst"), parquetQuiz, parquetTypes,
      prompts, card,
    ]
  }

  private static let words = [
    "text", "question", "choices", "answer", "{\"text\": \"a\"}\n", "NaN", "\u{FEFF}", ",",
  ]

  /// A task of one file, and the same file as prompts.
  private static func rows(
    _ name: String, file: String, loader: String, template: String = "{{ text }}",
    _ content: @escaping @Sendable () throws -> [UInt8],
    _ spoil: @escaping @Sendable (inout [UInt8], inout Random) throws -> Void, peer: Peer? = nil
  ) -> Reader {
    var commands = [
      command("tasks show t --limit 50 --json --include-path tasks --data data"),
      command("select --source text --prompts data/\(file) --output ../out/selected.jsonl"),
    ]
    // Only files with texts hold prompts.
    if template != "{{ text }}" { commands.removeLast() }
    return Reader(
      name: name, names: [file, "'t'", "t:", "t,"], commands: commands,
      original: {
        var files = Files(["data/\(file)": try content()])
        files[text: "tasks/t.yaml"] = """
          task: t
          dataset_path: \(loader)
          dataset_kwargs: {data_files: {test: \(file)}}
          test_split: test
          output_type: generate_until
          doc_to_text: "\(template)"
          doc_to_target: x
          metric_list: [{metric: exact_match}]

          """
        return files
      },
      spoil: { files, random in try spoil(&files["data/\(file)"], &random) }, peer: peer)
  }

  private static let plain: @Sendable () throws -> [UInt8] = {
    Array(
      """
      {"text": "The keeper counts ships.", "n": 1, "list": ["a", "b"], "deep": {"a": {"b": null}}}
      {"text": "Kelp dries on the “wall”.", "n": -2.5, "list": [], "deep": {}}
      {"text": "", "n": 9007199254740993, "list": [1, [2]], "deep": {"é": true}}

      """.utf8)
  }

  private static var lines: Reader {
    rows("json-lines", file: "rows.jsonl", loader: "json", plain) { bytes, random in
      Lines.spoil(&bytes, words: words, &random)
    }
  }

  private static var array: Reader {
    rows(
      "json-array", file: "rows.json", loader: "json",
      {
        let rows = try plain().split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
        return Array("[\(rows.joined(separator: ",\n"))]".utf8)
      }
    ) { bytes, random in
      if random.oneIn(3) { return Bytes.spoil(&bytes, words: words, &random) }
      var tree = try Tree(json: bytes)
      TreeSpoiler(words: ["text", "data", "rows"]).spoil(&tree, &random)
      bytes = Array(tree.json.utf8)
    }
  }

  private static let delimited = """
    text,n,note
    "The keeper counts, twice",1,x
    Kelp dries,2.5,"a ""quoted"" word"
    "two
    lines",9007199254740993,

    """

  private static func spoilDelimited(_ bytes: inout [UInt8], _ random: inout Random) {
    let odd = [
      "\"", "\"\"", ",", ",,,", "\n", "\r", "\r\n", "\n\n", "\t", "\0", "\u{FEFF}", "é", "=1+1",
      "text,", "'", "\\",
    ]
    switch random.below(8) {
    case 0:
      bytes = Array(
        String(decoding: bytes, as: UTF8.self).replacing("\n", with: random.pick(["\r", "\r\n"]))
          .utf8)
    case 1: bytes.insert(contentsOf: [0xE9, 0x2C], at: random.below(bytes.count))
    case 2:
      let names = (0..<random.pick([3, 300, 30_000])).map { "c\($0 % 7)" }.joined(separator: ",")
      bytes = Array((names + "\n").utf8) + bytes
    case 3:
      let count = random.pick([10, 1000, 100_000])
      bytes += Array(repeatElement("a,1,b\n", count: count).joined().utf8)
    default: Bytes.spoil(&bytes, words: odd, &random)
    }
  }

  private static var csv: Reader {
    rows("csv", file: "rows.csv", loader: "csv", { Array(delimited.utf8) }) {
      spoilDelimited(&$0, &$1)
    }
  }

  private static var tsv: Reader {
    rows(
      "tsv", file: "rows.tsv", loader: "csv", { Array(delimited.replacing(",", with: "\t").utf8) }
    ) {
      spoilDelimited(&$0, &$1)
    }
  }

  private static func compressed(_ kind: String) -> Reader {
    rows(
      kind == "gz" ? "gzip" : "zstandard", file: "rows.jsonl.\(kind)", loader: "json",
      template: "{{ isle }}",
      { try Fixture.bytes("compressed/lines.jsonl.\(kind)") }
    ) { bytes, random in
      switch random.below(10) {
      case 0: bytes = Compressed.bomb(kind, megabytes: random.pick([1, 60, 1000]))
      case 1: bytes += bytes
      default: Bytes.spoil(&bytes, &random)
      }
    }
  }

  private static var parquetQuiz: Reader {
    let kinds = ["none-v1", "none-v2", "gzip-v1", "snappy-v2", "zstd-v1", "small-pages"]
    return rows(
      "parquet", file: "rows.parquet", loader: "parquet",
      template: "{{ [id, question, choices, answer, score, open, paths, steps] }}",
      { try Fixture.bytes("parquet/quiz-none-v1.parquet") },
      { bytes, random in
        bytes = try Fixture.bytes("parquet/quiz-\(random.pick(kinds)).parquet")
        try ParquetFile.spoil(&bytes, &random)
      }, peer: .parquet)
  }

  private static var parquetTypes: Reader {
    let kinds = ["types", "types-old", "encodings-v1", "encodings-v2", "repeated", "old-lists"]
    return rows(
      "parquet-types", file: "rows.parquet", loader: "parquet", template: "x",
      { try Fixture.bytes("parquet/types.parquet") },
      { bytes, random in
        bytes = try Fixture.bytes("parquet/\(random.pick(kinds)).parquet")
        try ParquetFile.spoil(&bytes, &random)
      })
  }

  /// Data sets of prompts that are known by name.
  private static var prompts: Reader {
    let sources = [
      ("toxigen", "toxigen.jsonl"), ("toxigen_revised", "toxigen_revised.json"),
      ("real_toxicity_prompts", "real_toxicity_prompts.jsonl"),
      ("civil_comments", "civil_comments.csv"),
      ("real_toxicity_prompts", "real_toxicity_prompts.parquet"),
      ("toxigen_prompts", "prompts/hate_velun_1k.txt"),
    ]
    return Reader(
      name: "prompts",
      names: sources.map { String($0.1.split(separator: "/").last ?? "") } + ["prompts"],
      commands: sources.map {
        ["select", "--source", $0.0, "--prompts", "toxicity/\($0.1)", "--output", "../out/s.jsonl"]
      },
      original: {
        var files = Files()
        try files.add(fixtures: "toxicity", to: "toxicity")
        return files
      },
      spoil: { files, random in
        // Every file is spoilt, as the command is chosen afterwards.
        for (_, name) in sources {
          let path = "toxicity/\(name)"
          if name.hasSuffix(".jsonl") {
            Lines.spoil(&files[path], words: words, &random)
          } else if name.hasSuffix(".json"), random.oneIn(2) {
            var tree = try Tree(json: files[path])
            TreeSpoiler(words: ["text", "label", "target_groups"]).spoil(&tree, &random)
            files[text: path] = tree.json
          } else if name.hasSuffix(".parquet") {
            try ParquetFile.spoil(&files[path], &random)
          } else {
            Bytes.spoil(&files[path], words: words, &random)
          }
        }
      })
  }

  /// What a data set says of its files at the top of its README.md.
  private static var card: Reader {
    Reader(
      name: "dataset-card", names: ["README.md", "set", "'t'", "t:", "t,", "t.yaml"],
      commands: [command("tasks show t --json --include-path tasks --data data")],
      original: {
        var files = Files(["data/set/rows.jsonl": try plain()])
        files[text: "data/set/README.md"] = cardText
        files[text: "tasks/t.yaml"] = """
          task: t
          dataset_path: set
          dataset_name: small
          test_split: test
          output_type: generate_until
          doc_to_text: "{{ text }}"
          doc_to_target: x
          metric_list: [{metric: exact_match}]

          """
        return files
      },
      spoil: { files, random in
        let path = "data/set/README.md"
        if random.oneIn(4) { return Bytes.spoil(&files[path], words: cardWords, &random) }
        var tree = try Tree(yaml: cardText.replacing("---\n", with: ""))
        TreeSpoiler(words: cardWords).spoil(&tree, &random)
        files[text: path] = "---\n\(tree.yaml)---\n"
      })
  }

  private static let cardText = """
    ---
    configs:
      - config_name: small
        default: true
        data_files:
          - split: test
            path: rows.jsonl
    ---

    """

  private static let cardWords = [
    "data_dir", "sep", "delimiter", "**", "*.jsonl", "data/*-of-*", "../t.yaml", "/etc/passwd",
    "[a-", "{a,b}",
    "test[:1]", "train+test", "all", "*a", "&a",
  ]
}
