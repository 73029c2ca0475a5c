import Foundation
import Tensors
import TestSupport
import Testing

/// A well-formed small Llama file with one tensor, `edit`ed.
private func gguf(_ edit: (inout GGUFBuilder) -> Void = { _ in }) -> [UInt8] {
  var builder = GGUFBuilder()
  builder.add("general.architecture", "llama")
  builder.add("output_norm.weight", [4], [1, 2, 3, 4])
  edit(&builder)
  return builder.bytes
}

@Suite struct GGUFErrorTests {
  /// Hostile bytes, and a part of the message each must give.
  static let cases: [(bytes: [UInt8], message: String)] = [
    ([], "does not begin with 'GGUF'"),
    (gguf { $0.magic = Array("GGML".utf8) }, "does not begin with 'GGUF'"),
    (Array("GGUF".utf8), "ends in the version"),
    (gguf { $0.version = 1 }, "version 1 is not supported"),
    (gguf { $0.version = UInt32(3).byteSwapped }, "big-endian"),
    (gguf { $0.tensorCount = 1 << 60 }, "the number of tensors claims 1152921504606846976"),
    (gguf { $0.valueCount = .max }, "the number of metadata values claims 18446744073709551615"),
    (gguf { $0.values.append(("k", 13, [])) }, "'k' has unknown value type 13"),
    (
      gguf { $0.values.append(("k", 8, littleEndian(UInt64(1) << 40))) }, "'k' claims 1099511627776"
    ),
    (gguf { $0.values.append(("k", 8, littleEndian(UInt64(1)) + [0xFF])) }, "'k' is not UTF-8"),
    (
      gguf { $0.values.append(("k", 9, littleEndian(UInt32(0)) + littleEndian(UInt64.max))) },
      "'k' claims 18446744073709551615"
    ),
    (
      gguf { $0.values.append(("k", 9, littleEndian(UInt32(99)) + littleEndian(UInt64(0)))) },
      "unknown value type 99"
    ),
    (gguf { $0.values.append(("k", 9, nested(9))) }, "more than 8 deep"),
    (gguf { $0.add("general.architecture", "llama") }, "'general.architecture' occurs twice"),
    (gguf { $0.add("general.alignment", UInt32(24)) }, "must be a power of two"),
    (gguf { $0.add("general.alignment", "32") }, "must be a power of two"),
    (gguf { $0.tensors.append($0.tensors[0]) }, "'output_norm.weight' occurs twice"),
    (gguf { $0.tensors[0].rank = 0 }, "0 dimensions"),
    (gguf { $0.tensors[0].rank = 5 }, "5 dimensions"),
    (gguf { $0.tensors[0].rank = .max }, "4294967295 dimensions"),
    (gguf { $0.tensors[0].extents = [0] }, "empty or too large"),
    (gguf { $0.tensors[0].extents = [.max] }, "empty or too large"),
    (gguf { $0.tensors[0].extents = [1 << 32, 1 << 32] }, "empty or too large"),
    (gguf { $0.tensors[0].extents = [1 << 62] }, "is too large"),
    (gguf { $0.tensors[0].type = 77 }, "'output_norm.weight' has unknown type 77"),
    (gguf { $0.tensors[0].type = 3 }, "rows of 4 elements are not whole blocks of 32"),
    (gguf { $0.tensors[0].offset = 4 }, "not a multiple of 32"),
    (gguf { $0.tensors[0].offset = 32 }, "reaches past the end"),
    (gguf { $0.tensors[0].offset = 1 << 63 }, "reaches past the end"),
    (gguf { $0.tensors[0].extents = [5] }, "reaches past the end"),
    (gguf { $0.tensors.append(GGUFBuilder.Tensor("output.weight", [4])) }, "share bytes"),
    (gguf { $0.values.removeAll() }, "'general.architecture' is missing"),
    (gguf { $0.values[0].bytes = GGUFBuilder.string("mamba") }, "'mamba' is not supported"),
    (gguf { $0.tensors[0].name = "blk.0.ssm_a" }, "'blk.0.ssm_a' is not part"),
    (gguf { $0.tensors[0].name = "blk.00.attn_q.weight" }, "is not part"),
    (gguf { $0.tensors[0].name = "blk.0.attn_q.weight" }, "'llama.attention.head_count' must be"),
    (
      gguf {
        $0.tensors[0].name = "blk.0.attn_q.weight"
        $0.add("llama.attention.head_count", UInt32(3))
      }, "4 rows are not 3 heads"
    ),
  ]

  /// An array in an array in … `depth` times.
  static func nested(_ depth: Int) -> [UInt8] {
    depth == 0
      ? littleEndian(UInt32(0)) + littleEndian(UInt64(0))
      : littleEndian(UInt32(9)) + littleEndian(UInt64(1)) + nested(depth - 1)
  }

  @Test(arguments: cases.indices) func refuses(_ index: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("hostile.gguf", Self.cases[index].bytes)
    let error = #expect(throws: GGUFError.self) { try GGUFCheckpoint(path: path) }
    let message = error?.description ?? ""
    #expect(message.hasPrefix(path))
    #expect(message.contains(Self.cases[index].message), "\(message)")
  }

  @Test func aTypeThatCannotBeReadIsNamedOnReading() throws {
    let folder = try TemporaryFolder()
    let bytes = gguf { builder in
      builder.tensors[0] = GGUFBuilder.Tensor("token_embd.weight", [256, 1], type: 16)
      builder.data = [UInt8](repeating: 0, count: 66)
    }
    let checkpoint = try GGUFCheckpoint(path: folder.write("k.gguf", bytes))
    #expect(checkpoint.tensors.map(\.storedType) == ["IQ2_XXS"])
    let error = #expect(throws: GGUFError.self) {
      try checkpoint.tensor("model.embed_tokens.weight")
    }
    #expect(error?.description.contains("'token_embd.weight' has type IQ2_XXS") == true)
  }

  /// Damages a small file in thousands of ways; each must give a file or an error.
  @Test func damageNeverTraps() {
    let original = gguf { builder in
      builder.add("tokenizer.ggml.model", "gpt2")
      builder.add("tokenizer.ggml.tokens", ["a", "b", "ab"])
      builder.add("tokenizer.ggml.token_type", [Int32(1), 1, 1])
    }
    var random = SplitMix(state: 11)
    var accepted = 0
    for round in 0..<4000 {
      var bytes = original
      if round % 4 == 0 { bytes.removeLast(Int.random(in: 1...bytes.count, using: &random)) }
      for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      bytes.withUnsafeBytes { buffer in
        if (try? GGUFHeader(file: buffer, path: "damaged")) != nil { accepted += 1 }
      }
    }
    #expect((1..<4000).contains(accepted))
  }
}

@Suite struct GGUFReadingTests {
  /// Blocks and their values as gguf-py 0.19.0 dequantises them, as float32 bit patterns.
  static let blocks: [(type: UInt32, bytes: [UInt8], values: [UInt32])] = [
    (
      8,
      [
        76, 34, 184, 171, 238, 171, 20, 206, 245, 153, 204, 5, 37, 53, 213, 206, 192, 173, 6, 120,
        63, 96, 236, 131, 118, 4, 87, 161, 124, 71, 42, 73, 237, 16,
      ],
      [
        0xBF62_B000, 0xBF85_CF00, 0xBE62_B000, 0xBF85_CF00, 0x3E7B_E000, 0xBF1D_6C00, 0xBE0A_8800,
        0xBFA2_2500, 0xBF23_B800, 0x3D7B_E000, 0x3EE8_FC00, 0x3F26_DE00, 0xBF07_6200, 0xBF1D_6C00,
        0xBF49_8000, 0xBF82_A900, 0x3D97_2000, 0x3FBC_E800, 0x3F46_5A00, 0x3F97_2000, 0xBE7B_E000,
        0xBFC4_C700, 0x3FB9_C200, 0x3D49_8000, 0x3F88_F500, 0xBF95_8D00, 0x3FC3_3400, 0x3F5F_8A00,
        0x3F04_3C00, 0x3F65_D600, 0xBE6F_4800, 0x3E49_8000,
      ]
    ),
    (
      2,
      [76, 34, 206, 13, 143, 2, 38, 71, 133, 118, 36, 98, 196, 35, 57, 146, 50, 179],
      [
        0x3D97_2000, 0x3D7B_E000, 0x3DB0_5000, 0xBD97_2000, 0xBCC9_8000, 0xBC49_8000, 0xBD17_2000,
        0xBCC9_8000, 0xBD49_8000, 0xBD97_2000, 0xBD49_8000, 0xBD7B_E000, 0x3C49_8000, 0xBD97_2000,
        0xBD97_2000, 0xBD7B_E000, 0x3D49_8000, 0xBDC9_8000, 0x0, 0xBDC9_8000, 0xBD97_2000,
        0xBD49_8000, 0x0, 0xBC49_8000, 0xBD97_2000, 0xBCC9_8000, 0x3D49_8000, 0xBD97_2000,
        0xBD7B_E000, 0x3C49_8000, 0xBD7B_E000, 0x3D17_2000,
      ]
    ),
    (
      3,
      [
        76, 34, 147, 173, 181, 39, 151, 11, 180, 138, 66, 0, 165, 98, 123, 12, 144, 184, 24, 38,
      ],
      [
        0xBCD1_C000, 0xBA84_0000, 0xBA84_0000, 0x3D45_6000, 0xBD1B_4000, 0x3D13_0000, 0xBD80_0000,
        0xBDB2_6000, 0xBCD1_C000, 0xBD80_0000, 0x3D45_6000, 0x3D77_C000, 0xBDB2_6000, 0x3C39_0000,
        0x3C39_0000, 0xBC5A_0000, 0x3D45_6000, 0xBD80_0000, 0x3CC1_4000, 0xBDB2_6000, 0x3D45_6000,
        0x3C39_0000, 0xBD1B_4000, 0xBDB2_6000, 0x3D13_0000, 0xBC5A_0000, 0xBA84_0000, 0xBDB2_6000,
        0x3CC1_4000, 0x3D45_6000, 0xBD99_3000, 0xBD80_0000,
      ]
    ),
    (30, [0x80, 0x3F, 0x00, 0xC0], [0x3F80_0000, 0xC000_0000]),
    (1, [0x00, 0x3C, 0x01, 0x00], [0x3F80_0000, 0x3380_0000]),
  ]

  @Test(arguments: blocks.indices) func dequantisesAsTheReference(_ index: Int) throws {
    let block = Self.blocks[index]
    let folder = try TemporaryFolder()
    // Two equal rows, so that reading the second one checks where rows begin.
    let bytes = gguf { builder in
      builder.tensors[0] = GGUFBuilder.Tensor(
        "token_embd.weight", [UInt64(block.values.count), 2], type: block.type)
      builder.data = block.bytes + block.bytes
    }
    let checkpoint = try GGUFCheckpoint(path: folder.write("b.gguf", bytes))
    let name = "model.embed_tokens.weight"
    #expect(checkpoint.description(of: name)?.shape == [2, block.values.count])
    let row = Tensor([block.values.count])
    try checkpoint.read(name, rows: 1..<2, into: row.elements)
    #expect(row.values.map(\.bitPattern) == block.values)
    let whole = try checkpoint.tensor(name).values.map(\.bitPattern)
    #expect(whole == block.values + block.values)
  }

  /// llama.cpp stores row s · E/2 + i of a head as row 2i + s.
  @Test func undoesTheInterleavingOfQueriesAndKeys() throws {
    let folder = try TemporaryFolder()
    let stored: [Float] = [0, 2, 1, 3, 4, 6, 5, 7]
    func file(_ architecture: String) throws -> GGUFCheckpoint {
      let bytes = gguf { builder in
        builder.values[0].bytes = GGUFBuilder.string(architecture)
        builder.add("\(architecture).attention.head_count", UInt32(2))
        builder.add("\(architecture).attention.head_count_kv", UInt32(1))
        builder.add("blk.0.attn_q.weight", [1, 8], stored)
        builder.add("blk.0.attn_q.bias", [8], stored)
        builder.add("blk.0.attn_k.weight", [1, 4], [0, 2, 1, 3])
        builder.add("blk.0.attn_v.weight", [1, 4], [0, 2, 1, 3])
      }
      return try GGUFCheckpoint(path: folder.write("\(architecture).gguf", bytes))
    }
    let attention = "model.layers.0.self_attn"
    let llama = try file("llama")
    #expect(try llama.tensor("\(attention).q_proj.weight").values == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(try llama.tensor("\(attention).q_proj.bias").values == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(try llama.tensor("\(attention).k_proj.weight").values == [0, 1, 2, 3])
    #expect(try llama.tensor("\(attention).v_proj.weight").values == [0, 2, 1, 3])
    let rows = Tensor([3])
    try llama.read("\(attention).q_proj.weight", rows: 4..<7, into: rows.elements)
    #expect(rows.values == [4, 5, 6])
    #expect(try file("qwen2").tensor("\(attention).q_proj.weight").values == stored)
  }

  @Test func readsEveryKindOfMetadata() throws {
    let bytes = gguf { builder in
      builder.values += [
        ("u8", 0, [200]), ("i8", 1, [0xFF]), ("u16", 2, [1, 2]), ("i16", 3, [0xFE, 0xFF]),
        ("i32", 5, littleEndian(Int32(-7))), ("b", 7, [1]), ("u64", 10, littleEndian(UInt64.max)),
        ("i64", 11, littleEndian(Int64.min)), ("f64", 12, littleEndian((0.1).bitPattern)),
        (
          "nested", 9,
          littleEndian(UInt32(9)) + littleEndian(UInt64(1)) + littleEndian(UInt32(0))
            + littleEndian(UInt64(2)) + [7, 8]
        ),
      ]
      builder.add("f32", Float(0.5))
    }
    let metadata = try bytes.withUnsafeBytes { try GGUFHeader(file: $0, path: "m").metadata }
    let expected: [String: GGUFValue] = [
      "general.architecture": .string("llama"), "u8": .unsigned(200), "i8": .signed(-1),
      "u16": .unsigned(513), "i16": .signed(-2), "i32": .signed(-7), "b": .bool(true),
      "u64": .unsigned(.max), "i64": .signed(.min), "f64": .float(0.1), "f32": .float(0.5),
      "nested": .array([.array([.unsigned(7), .unsigned(8)])]),
    ]
    #expect(metadata == expected)
  }
}

@Suite struct GGUFTokenizerMetadataTests {
  private static func vocabulary(
    _ edit: (inout GGUFBuilder) -> Void
  ) throws -> GGUFTokenizerMetadata {
    let folder = try TemporaryFolder()
    let path = try folder.write("v.gguf", gguf(edit))
    return try GGUFTokenizerMetadata(file: GGUFFile(path: path))
  }

  @Test func extractsTheVocabulary() throws {
    let vocabulary = try Self.vocabulary { builder in
      builder.add("tokenizer.ggml.model", "gpt2")
      builder.add("tokenizer.ggml.pre", "smollm")
      builder.add("tokenizer.ggml.tokens", ["<end>", "b", "ab"])
      builder.add("tokenizer.ggml.token_type", [Int32(3), 1, 4])
      builder.add("tokenizer.ggml.merges", ["a b"])
      builder.add("tokenizer.ggml.eos_token_id", UInt32(0))
      builder.values.append(("tokenizer.ggml.add_bos_token", 7, [0]))
    }
    #expect(vocabulary.pre == "smollm")
    #expect(vocabulary.tokens == ["<end>", "b", "ab"])
    #expect(vocabulary.tokenTypes == [.control, .normal, .userDefined])
    #expect(vocabulary.merges == ["a b"])
    #expect(vocabulary.endID == 0 && vocabulary.beginID == nil)
    #expect(vocabulary.addsBegin == false && vocabulary.addsSpacePrefix == nil)
  }

  static let hostile: [(edit: @Sendable (inout GGUFBuilder) -> Void, message: String)] = [
    ({ $0.values.removeLast(2) }, "model' is missing"),
    ({ $0.values.removeLast() }, "tokens' is missing"),
    ({ $0.add("tokenizer.ggml.scores", "x") }, "should be a list of numbers"),
    ({ $0.add("tokenizer.ggml.merges", [Int32(1)]) }, "element 0 should be text"),
    ({ $0.add("tokenizer.ggml.token_type", [Int32(1)]) }, "has 1 elements for 2 tokens"),
    ({ $0.add("tokenizer.ggml.token_type", [Int32(1), 9]) }, "element 1 should be"),
    ({ $0.add("tokenizer.ggml.bos_token_id", UInt32(2)) }, "a token id below 2"),
    ({ $0.add("tokenizer.ggml.add_bos_token", UInt32(1)) }, "true or false"),
  ]

  @Test(arguments: hostile.indices) func refuses(_ index: Int) {
    let error = #expect(throws: GGUFError.self) {
      try Self.vocabulary { builder in
        builder.add("tokenizer.ggml.model", "gpt2")
        builder.add("tokenizer.ggml.tokens", ["a", "b"])
        Self.hostile[index].edit(&builder)
      }
    }
    #expect(
      error?.description.contains(Self.hostile[index].message) == true,
      "\(String(describing: error))")
  }
}
