import Foundation
import Tensors

/// Writes a SentencePiece model (protocol buffer `sentencepiece.ModelProto`) from a GGUF vocabulary.
enum SentencePieceModel {
  static func serialized(_ metadata: GGUFTokenizerMetadata) -> Data {
    var model = ProtocolBuffer()
    for (index, token) in metadata.tokens.enumerated() {
      var piece = ProtocolBuffer()
      piece.bytes(1, Data(token.utf8))
      piece.float(2, index < metadata.scores.count ? metadata.scores[index] : 0)
      let type = index < metadata.tokenTypes.count ? metadata.tokenTypes[index].rawValue : 1
      piece.integer(3, type)
      model.bytes(1, piece.data)
    }
    var trainer = ProtocolBuffer()
    trainer.integer(3, 2)  // byte-pair encoding
    trainer.integer(4, metadata.tokens.count)
    trainer.integer(35, 1)  // byte fallback
    trainer.integer(40, metadata.unknownID ?? 0)
    trainer.integer(41, metadata.beginID ?? -1)
    trainer.integer(42, metadata.endID ?? -1)
    model.bytes(2, trainer.data)
    var normalizer = ProtocolBuffer()
    normalizer.bytes(1, Data("identity".utf8))
    normalizer.integer(3, metadata.addsSpacePrefix ?? true ? 1 : 0)
    normalizer.integer(4, 0)  // keep runs of spaces
    normalizer.integer(5, 1)
    model.bytes(3, normalizer.data)
    return model.data
  }

  /// The wire format's three kinds of field.
  private struct ProtocolBuffer {
    var data = Data()

    private mutating func varint(_ value: UInt64) {
      var rest = value
      while rest >= 0x80 {
        data.append(UInt8(rest & 0x7F | 0x80))
        rest >>= 7
      }
      data.append(UInt8(rest))
    }

    mutating func integer(_ field: Int, _ value: Int) {
      varint(UInt64(field << 3))
      varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func bytes(_ field: Int, _ value: Data) {
      varint(UInt64(field << 3 | 2))
      varint(UInt64(value.count))
      data.append(value)
    }

    mutating func float(_ field: Int, _ value: Float) {
      varint(UInt64(field << 3 | 5))
      withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
  }
}
