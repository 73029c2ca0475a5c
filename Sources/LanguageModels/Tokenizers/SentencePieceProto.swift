import Tensors

/// Writes sentencepiece_model.proto's ModelProto, as far as encoding needs it.
///
/// https://protobuf.dev/programming-guides/encoding/
enum SentencePieceProto {
  /// `proto` with its `add_dummy_prefix` replaced: fields that come later win.
  static func setting(_ proto: [UInt8], prefix: Bool) -> [UInt8] {
    proto + bytes(3, varint(3, prefix ? 1 : 0))
  }

  /// A byte-pair model with the vocabulary of a GGUF file.
  static func model(_ metadata: GGUFTokenizerMetadata) -> [UInt8] {
    var proto: [UInt8] = []
    for (id, token) in metadata.tokens.enumerated() {
      var piece = bytes(1, Array(token.utf8))
      if !metadata.scores.isEmpty { piece += float(2, metadata.scores[id]) }
      if !metadata.tokenTypes.isEmpty { piece += varint(3, metadata.tokenTypes[id].rawValue) }
      proto += bytes(1, piece)
    }
    let hasBytes = metadata.tokenTypes.contains(.byte)
    // trainer_spec: model_type BPE, byte_fallback; normalizer_spec: text is taken as it is.
    proto += bytes(2, varint(3, 2) + varint(35, hasBytes ? 1 : 0))
    proto += bytes(3, bytes(1, Array("identity".utf8)) + varint(4, 0) + varint(5, 1))
    return proto
  }

  private static func number(_ value: Int) -> [UInt8] {
    var rest = UInt64(value)
    var result: [UInt8] = []
    while rest >= 0x80 {
      result.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return result + [UInt8(rest)]
  }

  private static func varint(_ field: Int, _ value: Int) -> [UInt8] {
    number(field << 3) + number(value)
  }

  private static func float(_ field: Int, _ value: Float) -> [UInt8] {
    number(field << 3 | 5) + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
  }

  private static func bytes(_ field: Int, _ content: [UInt8]) -> [UInt8] {
    number(field << 3 | 2) + number(content.count) + content
  }
}
