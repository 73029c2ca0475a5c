import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

/// Whole GGUF files whose matrices are blocks, the types mixed as `Q4_K_M` files mix them.
@Suite struct GGUFModelTests {
  static let types = [
    "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ4_NL", "IQ4_XS",
  ]

  /// A block and its values as gguf-py 0.19.0 dequantises it.
  private struct Block {
    let code: UInt32
    let bytes: [UInt8]
    let values: [Float]

    init(_ name: String) throws {
      let entry = try #require(Fixtures.json("gguf/blocks.json")[name] as? [String: Any])
      code = UInt32(try #require(entry["code"] as? Int))
      func bytes(_ key: String) throws -> [UInt8] {
        let digits = Array(try #require(entry[key] as? String))
        return try stride(from: 0, to: digits.count, by: 2).map {
          try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
        }
      }
      self.bytes = try bytes("bytes")
      let raw = try bytes("float32")
      values = stride(from: 0, to: raw.count, by: 4).map { at in
        Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(raw[at + $1]) << UInt32(8 * $1) })
      }
    }
  }

  /// D 256, F 512, V 6, H 4, G 2, E 64, one block; matrix number n has type (n + shift) of the list.
  private func file(_ blocks: [Block], shift: Int) -> (GGUFBuilder, [String: Block]) {
    var builder = GGUFBuilder()
    builder.add("general.architecture", "llama")
    let numbers: [(String, UInt32)] = [
      ("block_count", 1), ("context_length", 16), ("embedding_length", 256),
      ("feed_forward_length", 512), ("attention.head_count", 4), ("attention.head_count_kv", 2),
      ("rope.dimension_count", 64),
    ]
    for (key, value) in numbers { builder.add("llama.\(key)", value) }
    builder.add("llama.attention.layer_norm_rms_epsilon", Float(1e-5))
    builder.add("tokenizer.ggml.model", "gpt2")
    builder.add("tokenizer.ggml.pre", "smollm")
    builder.add("tokenizer.ggml.tokens", ["<u>", "<s>", "</s>", "a", "b", "ab"])
    for name in ["output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"] {
      builder.add("\(name).weight", [256], [Float](repeating: 1, count: 256))
    }
    let matrices: [(name: String, columns: Int, rows: Int)] = [
      ("token_embd", 256, 6), ("output", 256, 6), ("blk.0.attn_q", 256, 256),
      ("blk.0.attn_k", 256, 128), ("blk.0.attn_v", 256, 128), ("blk.0.attn_output", 256, 256),
      ("blk.0.ffn_gate", 256, 512), ("blk.0.ffn_up", 256, 512), ("blk.0.ffn_down", 512, 256),
    ]
    var chosen: [String: Block] = [:]
    for (number, matrix) in matrices.enumerated() {
      let block = blocks[(number + shift) % blocks.count]
      chosen[matrix.name] = block
      builder.data += [UInt8](repeating: 0, count: (32 - builder.data.count % 32) % 32)
      builder.tensors.append(
        GGUFBuilder.Tensor(
          "\(matrix.name).weight", [UInt64(matrix.columns), UInt64(matrix.rows)],
          type: block.code, offset: UInt64(builder.data.count)))
      let count = matrix.columns * matrix.rows / block.values.count
      builder.data += (0..<count).flatMap { _ in block.bytes }
    }
    return (builder, chosen)
  }

  @Test(arguments: types.indices) func opensEveryTypeAnywhere(_ shift: Int) throws {
    let folder = try TemporaryFolder()
    let (builder, chosen) = self.file(try Self.types.map { try Block($0) }, shift: shift)
    let model = try ModelDirectory.open(folder.write("mixed.gguf", builder.bytes))
    #expect(!model.configuration.tiesEmbeddings)
    let names = [
      "token_embd": "model.embed_tokens", "output": "lm_head",
      "blk.0.attn_q": "model.layers.0.self_attn.q_proj",
      "blk.0.ffn_down": "model.layers.0.mlp.down_proj",
    ]
    for (name, network) in names {
      let block = try #require(chosen[name])
      let values = try model.checkpoint.tensor("\(network).weight").values
      // All blocks are alike, so that the order of rows does not matter.
      let isEqual = values.indices.allSatisfy {
        values[$0].bitPattern == block.values[$0 % block.values.count].bitPattern
      }
      #expect(isEqual, "\(name)")
    }
  }

  @Test func otherTypesAreRefusedByName() throws {
    let folder = try TemporaryFolder()
    var (builder, _) = self.file(try Self.types.map { try Block($0) }, shift: 4)
    let index = try #require(builder.tensors.firstIndex { $0.name == "blk.0.attn_v.weight" })
    builder.tensors[index].type = 16
    let path = try folder.write("iq.gguf", builder.bytes)
    let error = #expect(throws: ModelError.self) { try ModelDirectory.open(path) }
    #expect(
      error?.description.contains("'model.layers.0.self_attn.v_proj.weight' is stored as IQ2_XXS")
        == true, "\(String(describing: error))")
  }
}
