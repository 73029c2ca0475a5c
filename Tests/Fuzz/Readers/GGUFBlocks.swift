/// Quantised tensors, whole files of them, whose values are compared with the package `gguf`.
extension Reader {
  /// Element type, elements and bytes of a block, and where float16 scales stand in it.
  private static let blocks: [(type: UInt32, elements: Int, bytes: Int, scales: [Int])] = [
    (0, 1, 4, [2]), (1, 1, 2, [0]), (30, 1, 2, [0]), (2, 32, 18, [0]), (3, 32, 20, [0, 2]),
    (6, 32, 22, [0]),
    (7, 32, 24, [0, 2]), (8, 32, 34, [0]), (10, 256, 84, [80, 82]), (11, 256, 110, [108]),
    (12, 256, 144, [0, 2]),
    (13, 256, 176, [0, 2]), (14, 256, 210, [208]), (20, 32, 18, [0]), (23, 256, 136, [0]),
  ]

  static var ggufBlocks: Reader {
    Reader(
      name: "gguf-blocks", names: ["model.gguf"],
      commands: [
        command(
          "merge --method task_arithmetic --base model.gguf --part model.gguf --out-dtype "
            + "F32 --output ../out/merged")
      ],
      original: {
        var random = Random(reader: "gguf-blocks", seed: 0)
        return Files(["model.gguf": file(typed: 0, &random).bytes])
      },
      spoil: { files, random in
        var file = file(typed: 3, &random)
        files["model.gguf"] = random.oneIn(4) ? file.spoiled(&random) : file.bytes
      }, statuses: [3], peer: .gguf)
  }

  /// - Parameter typed: of four tensors so many have blocks of one type, the others float32.
  private static func file(typed: Int, _ random: inout Random) -> GGUF {
    // Heads of width 2: reordering of rotary pairs changes nothing, so names and values alone count.
    var model = MicroModel(vocabulary: 8, hidden: 256, heads: 128, intermediate: 256)
    model.type = "llama"
    let block = random.pick(blocks)
    var file = model.gguf { name, shape in
      let count = shape.reduce(1, *)
      guard shape.count == 2, random.below(4) < typed else {
        return (0, Safetensors.floats(count, &random))
      }
      var bytes: [UInt8] = []
      let number = count / block.elements
      // Some blocks of their own, then repeated: enough to meet every bit pattern, and quick.
      let own = (0..<min(number, 64)).map { _ in
        Self.block(block.bytes, scales: block.scales, &random)
      }
      for index in 0..<number { bytes += own[index % own.count] }
      return (block.type, bytes)
    }
    file.add("tokenizer.ggml.model", "gpt2")
    file.add("tokenizer.ggml.pre", "smollm")
    file.add("tokenizer.ggml.tokens", ["<s>", "</s>", "a", "b", "c", "ab", "abc", "Ġ"])
    file.add("tokenizer.ggml.token_type", [3, 3, 1, 1, 1, 1, 1, 1] as [Int32])
    file.add("tokenizer.ggml.merges", ["a b", "ab c"])
    return file
  }

  /// Random bytes whose scales are finite.
  private static func block(_ count: Int, scales: [Int], _ random: inout Random) -> [UInt8] {
    var bytes = random.bytes(count)
    for place in scales { bytes[place + 1] &= 0xBF }
    return bytes
  }
}
