/// A safetensors file as its header and data.
struct Safetensors {
  var header: Tree
  var data: [UInt8]

  init(_ bytes: [UInt8]) throws {
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    header = try Tree(json: Array(bytes[8..<8 + length]))
    data = Array(bytes[(8 + length)...])
  }

  /// Float32 tensors with values that are small and differ.
  init(_ tensors: [(name: String, shape: [Int])], _ random: inout Random) {
    var pairs: [(key: String, value: Tree)] = []
    data = []
    for tensor in tensors {
      let start = data.count
      data += Safetensors.floats(tensor.shape.reduce(1, *), &random)
      pairs.append(
        (
          tensor.name,
          .object([
            ("dtype", .string("F32")), ("shape", .array(tensor.shape.map { .raw("\($0)") })),
            ("data_offsets", .array([.raw("\(start)"), .raw("\(data.count)")])),
          ])
        ))
    }
    header = .object(pairs)
  }

  static func floats(_ count: Int, _ random: inout Random) -> [UInt8] {
    (0..<count).flatMap { _ in Bytes.little((Float(random.below(2001) - 1000) / 4000).bitPattern) }
  }

  var bytes: [UInt8] {
    let text = Array(header.json.utf8)
    return Bytes.little(UInt64(text.count)) + text + data
  }

  /// Spoils a file: its bytes, the start of them, the header's values or the data.
  static func spoil(_ bytes: inout [UInt8], _ random: inout Random) throws {
    switch random.below(8) {
    case 0: Bytes.spoil(&bytes, &random)
    case 1, 2: Bytes.spoil(&bytes, in: 0..<600, words: words, &random)
    case 3: Bytes.write(random.pick(Bytes.numbers), width: 8, at: 0, &bytes)
    case 4:
      var file = try Safetensors(bytes)
      for _ in 0..<random.few(3) {
        let values: [UInt32] = [0x7FC0_0000, 0x7F80_0000, 0xFF80_0000, 0x7F7F_FFFF, 1, 0x8000_0000]
        Bytes.write(
          Int64(random.pick(values)), width: 4, at: 4 * random.below(file.data.count / 4),
          &file.data)
      }
      bytes = file.bytes
    default:
      var file = try Safetensors(bytes)
      TreeSpoiler(words: words).spoil(&file.header, &random)
      bytes = file.bytes
    }
  }

  private static let words = [
    "dtype", "shape", "data_offsets", "__metadata__", "F32", "BF16", "F16", "F64", "I64", "U8",
    "BOOL", "F8_E4M3", "F4",
    "f32", "model.embed_tokens.weight", "lm_head.weight",
  ]
}
