/// An element type of ggml: how many elements share a block, and the bytes of one.
///
/// The sizes of unreadable types are known too, so that a file with such tensors is still checked and the error names
/// the first unreadable tensor.
package struct GGUFType: Sendable, Hashable {
  /// A type that can be dequantised.
  enum Format: Sendable, Hashable {
    case float32, float16, bfloat16, float64
    /// Blocks of 32.
    case eightBit, fourBit, fourBitWithMinimum, fiveBit, fiveBitWithMinimum, fourBitTable
    /// Blocks of 256.
    case large(LargeFormat, blockBytes: Int)
  }

  enum LargeFormat: Sendable, Hashable { case q2, q3, q4, q5, q6, q8, iq4XS }

  /// Name in ggml, for example `Q4_1`.
  package let name: String
  /// Elements in one block.
  package let blockCount: Int
  /// Bytes of one block.
  package let blockBytes: Int
  /// How to dequantise it; nil if unreadable.
  let format: Format?

  private init(_ name: String, _ blockCount: Int, _ blockBytes: Int, _ format: Format? = nil) {
    self.name = name
    self.blockCount = blockCount
    self.blockBytes = blockBytes
    self.format = format
  }

  private init(_ name: String, _ blockBytes: Int, _ format: LargeFormat) {
    self.init(name, 256, blockBytes, .large(format, blockBytes: blockBytes))
  }

  /// Names of the readable types, those of plain floats among them.
  static let readableTypes = Set(known.values.filter { $0.format != nil }.map(\.name))
  /// The same for messages.
  static let readableNames = readableTypes.sorted().joined(separator: ", ")

  /// The type numbered `code` in the file.
  static func named(_ code: UInt32) -> GGUFType? { known[code] }

  private static let known: [UInt32: GGUFType] = [
    0: GGUFType("F32", 1, 4, .float32), 1: GGUFType("F16", 1, 2, .float16),
    2: GGUFType("Q4_0", 32, 18, .fourBit), 3: GGUFType("Q4_1", 32, 20, .fourBitWithMinimum),
    6: GGUFType("Q5_0", 32, 22, .fiveBit), 7: GGUFType("Q5_1", 32, 24, .fiveBitWithMinimum),
    8: GGUFType("Q8_0", 32, 34, .eightBit), 9: GGUFType("Q8_1", 32, 40),
    10: GGUFType("Q2_K", 84, .q2), 11: GGUFType("Q3_K", 110, .q3),
    12: GGUFType("Q4_K", 144, .q4), 13: GGUFType("Q5_K", 176, .q5),
    14: GGUFType("Q6_K", 210, .q6), 15: GGUFType("Q8_K", 292, .q8),
    16: GGUFType("IQ2_XXS", 256, 66), 17: GGUFType("IQ2_XS", 256, 74),
    18: GGUFType("IQ3_XXS", 256, 98), 19: GGUFType("IQ1_S", 256, 50),
    20: GGUFType("IQ4_NL", 32, 18, .fourBitTable), 21: GGUFType("IQ3_S", 256, 110),
    22: GGUFType("IQ2_S", 256, 82), 23: GGUFType("IQ4_XS", 136, .iq4XS),
    24: GGUFType("I8", 1, 1), 25: GGUFType("I16", 1, 2), 26: GGUFType("I32", 1, 4),
    27: GGUFType("I64", 1, 8), 28: GGUFType("F64", 1, 8, .float64),
    29: GGUFType("IQ1_M", 256, 56), 30: GGUFType("BF16", 1, 2, .bfloat16),
    34: GGUFType("TQ1_0", 256, 54), 35: GGUFType("TQ2_0", 256, 66),
    39: GGUFType("MXFP4", 32, 17),
  ]
}
