import Foundation
import Tensors
import TestSupport
import Testing

/// Random blocks of the smaller formats and their values as gguf-py 0.19.0 dequantises them, to the bit.
@Suite struct GGUFBlockTests {
  static let types = [
    "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ4_NL", "IQ4_XS",
  ]

  @Test(arguments: types) func dequantisesAsTheReference(_ name: String) throws {
    let entry = try #require(
      Fixtures.json("gguf/blocks.json")[name] as? [String: Any], "no fixture of \(name)")
    let code = UInt32(try #require(entry["code"] as? Int))
    let block = try Self.bytes(entry["bytes"])
    let values = try Self.bytes(entry["float32"])
    let expected = stride(from: 0, to: values.count, by: 4).map { at in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(values[at + $1]) << UInt32(8 * $1) }
    }
    let folder = try TemporaryFolder()
    var builder = GGUFBuilder()
    builder.add("general.architecture", "llama")
    builder.tensors = [
      GGUFBuilder.Tensor("token_embd.weight", [UInt64(expected.count), 2], type: code)
    ]
    builder.data = block + block
    let checkpoint = try GGUFCheckpoint(path: folder.write("b.gguf", builder.bytes))
    let row = Tensor([expected.count])
    try checkpoint.read("model.embed_tokens.weight", rows: 1..<2, into: row.elements)
    #expect(row.values.map(\.bitPattern) == expected)
    #expect(
      try checkpoint.tensor("model.embed_tokens.weight").values.map(\.bitPattern) == expected
        + expected)
  }

  private static func bytes(_ hexadecimal: Any?) throws -> [UInt8] {
    let digits = Array(try #require(hexadecimal as? String))
    return try stride(from: 0, to: digits.count, by: 2).map {
      try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
    }
  }
}
