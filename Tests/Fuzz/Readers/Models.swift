/// Safetensors, indexes of shards, configurations, PyTorch archives and GGUF.
extension Reader {
  static func models() -> [Reader] {
    ["llama", "mistral", "qwen2"].map(configuration) + [
      classifierConfiguration, safetensors, shards, pyTorch, ggufBytePairs, ggufSentencePiece,
      ggufBlocks,
    ]
  }

  private static let byIDs = [command("loglikelihood --model model --input ids.jsonl")]

  private static let fieldNames = [
    "rope_scaling", "rope_parameters", "head_dim", "sliding_window", "layer_types",
    "quantization_config", "torch_dtype",
    "tie_word_embeddings", "attention_bias", "rope_type", "factor", "partial_rotary_factor",
    "num_local_experts",
  ]

  private static func spoilJSON(_ path: String, words: [String])
    -> @Sendable (inout Files, inout Random) throws -> Void
  {
    { files, random in
      if random.oneIn(5) {
        Bytes.spoil(&files[path], words: words, &random)
      } else {
        var tree = try Tree(json: files[path])
        TreeSpoiler(words: words).spoil(&tree, &random)
        files[text: path] = tree.json
      }
    }
  }

  private static func configuration(_ type: String) -> Reader {
    Reader(
      name: "config-\(type)", names: ["config.json", "model.safetensors", "model:", "model "],
      commands: byIDs,
      original: { MicroModel(type: type).files() },
      spoil: spoilJSON("model/config.json", words: fieldNames), statuses: [3])
  }

  private static let classify = [command("classify --model model --input texts.jsonl")]

  private static func classifier(_ keep: @escaping @Sendable (String) -> Bool)
    -> @Sendable () throws -> Files
  {
    {
      var files = Files()
      try files.add(fixtures: "mini-roberta", to: "model", where: keep)
      files[text: "texts.jsonl"] = "{\"ids\": [0, 5, 7, 2]}\n{\"text\": \"the cat\"}\n"
      return files
    }
  }

  private static let parts: Set = ["config.json", "vocab.json", "merges.txt"]

  private static var classifierConfiguration: Reader {
    Reader(
      name: "config-roberta", names: ["config.json", "model.safetensors", "model:", "model "],
      commands: classify,
      original: classifier { parts.contains($0) || $0 == "model.safetensors" },
      spoil: spoilJSON(
        "model/config.json",
        words: [
          "id2label", "label2id", "num_labels", "problem_type", "type_vocab_size", "pad_token_id",
        ]),
      statuses: [3])
  }

  private static var safetensors: Reader {
    Reader(
      name: "safetensors", names: ["model.safetensors", "model:"], commands: byIDs,
      original: { MicroModel().files() },
      spoil: { files, random in try Safetensors.spoil(&files["model/model.safetensors"], &random) },
      // Weights that are no numbers are found while scoring.
      statuses: [3])
  }

  private static var shards: Reader {
    Reader(
      name: "shard-index",
      names: [
        "model.safetensors.index.json", "part-1.safetensors", "part-2.safetensors", "model:",
      ],
      commands: byIDs,
      original: {
        var random = Random(reader: "shards", seed: 0)
        let model = MicroModel()
        var files = model.files()
        files.contents["model/model.safetensors"] = nil
        let middle = model.tensors.count / 2
        let halves = [Array(model.tensors[..<middle]), Array(model.tensors[middle...])]
        var map: [(key: String, value: Tree)] = []
        for (number, half) in halves.enumerated() {
          files["model/part-\(number + 1).safetensors"] = Safetensors(half, &random).bytes
          map += half.map { ($0.name, .string("part-\(number + 1).safetensors")) }
        }
        files[text: "model/model.safetensors.index.json"] =
          Tree.object([
            ("metadata", .object([("total_size", .raw("1"))])), ("weight_map", .object(map)),
          ]).json
        return files
      },
      spoil: spoilJSON(
        "model/model.safetensors.index.json",
        words: [
          "part-1.safetensors", "../part-1.safetensors", "/dev/zero", "part-3.safetensors",
          "config.json",
        ]))
  }

  private static var pyTorch: Reader {
    Reader(
      name: "pytorch", names: ["pytorch_model.bin", "model:"], commands: classify,
      original: classifier { parts.contains($0) || $0 == "pytorch_model.bin" },
      spoil: { files, random in try PyTorchZip.spoil(&files["model/pytorch_model.bin"], &random) },
      statuses: [3])
  }

  private static func gguf(_ name: String, _ tokenizer: @escaping @Sendable (inout GGUF) -> Void)
    -> Reader
  {
    let text = { @Sendable () -> GGUF in
      var random = Random(reader: name, seed: 0)
      var file = MicroModel().gguf { _, shape in
        (0, Safetensors.floats(shape.reduce(1, *), &random))
      }
      tokenizer(&file)
      return file
    }
    return Reader(
      name: name, names: ["model.gguf"],
      commands: [command("loglikelihood --model model.gguf --input texts.jsonl")],
      original: {
        var files = Files(["model.gguf": text().bytes])
        files[text: "texts.jsonl"] = "{\"context\": \"abc a\", \"continuation\": \" ab\"}\n"
        return files
      },
      spoil: { files, random in
        var file = text()
        files["model.gguf"] = file.spoiled(&random)
      }, statuses: [3])
  }

  private static var ggufBytePairs: Reader {
    gguf("gguf-bpe") { file in
      file.add("tokenizer.ggml.model", "gpt2")
      file.add("tokenizer.ggml.pre", "smollm")
      file.add("tokenizer.ggml.tokens", ["<s>", "</s>", "a", "b", "c", "ab", "abc", "Ġ"])
      file.add("tokenizer.ggml.token_type", [3, 3, 1, 1, 1, 1, 1, 1] as [Int32])
      file.add("tokenizer.ggml.merges", ["a b", "ab c"])
      file.add("tokenizer.ggml.bos_token_id", 0 as UInt32)
      file.add("tokenizer.ggml.eos_token_id", 1 as UInt32)
    }
  }

  private static var ggufSentencePiece: Reader {
    gguf("gguf-sentencepiece") { file in
      file.add("tokenizer.ggml.model", "llama")
      file.add("tokenizer.ggml.tokens", ["<unk>", "<s>", "</s>", "▁", "a", "b", "c", "ab"])
      file.add("tokenizer.ggml.scores", [0, 0, 0, -1, -2, -3, -4, -1.5] as [Float])
      file.add("tokenizer.ggml.token_type", [2, 3, 3, 1, 1, 1, 1, 1] as [Int32])
      file.add("tokenizer.ggml.bos_token_id", 1 as UInt32)
      file.add("tokenizer.ggml.eos_token_id", 2 as UInt32)
      file.add("tokenizer.ggml.unknown_token_id", 0 as UInt32)
      file.add("tokenizer.ggml.add_space_prefix", "true")
      file.values.removeLast()
    }
  }
}
