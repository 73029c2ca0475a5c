/// Dequantises ggml's block formats to float32, bit-identical to gguf-py's `dequantize`.
///
/// A block is a scale `d` (half), for Q4_1 and Q5_1 also a minimum `m` (half), and 32 integers `q`:
///
///     Q8_0: d · q,   Q4_0: d · (q − 8),   Q4_1: d · q + m,   Q5_0: d · (q − 16),   Q5_1: d · q + m
///
/// In the 4- and 5-bit formats byte `i` holds element `i` (low bits) and element `i + 16` (high bits); the fifth bits
/// come before, bit `i` of 32 for element `i`.
enum BlockDequantization {
  private static let blockCount = 32

  /// Widens `destination.count` elements from `source`, which begins at a block and need not be aligned.
  static func widen(
    _ source: UnsafeRawPointer, _ format: GGUFType.Format,
    into destination: UnsafeMutableBufferPointer<Float>
  ) {
    switch format {
    case .float32: _ = FloatConversion.widen(source, .float32, into: destination)
    case .float16: _ = FloatConversion.widen(source, .float16, into: destination)
    case .bfloat16: _ = FloatConversion.widen(source, .bfloat16, into: destination)
    case .float64: _ = FloatConversion.widen(source, .float64, into: destination)
    case .eightBit: widenQ8(source, into: destination)
    case .fourBit: widenQ4(source, headerBytes: 2, into: destination)
    case .fourBitWithMinimum: widenQ4(source, headerBytes: 4, into: destination)
    case .fiveBit: widenQ5(source, headerBytes: 2, into: destination)
    case .fiveBitWithMinimum: widenQ5(source, headerBytes: 4, into: destination)
    case .fourBitTable: widenIQ4NL(source, into: destination)
    case .large(let format, let blockBytes):
      widenLarge(source, format, blockBytes: blockBytes, into: destination)
    }
  }

  @inline(__always)
  static func half(_ source: UnsafeRawPointer, _ offset: Int) -> Float {
    FloatConversion.widenFloat16(source.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  private static func widenQ8(
    _ source: UnsafeRawPointer, into destination: UnsafeMutableBufferPointer<Float>
  ) {
    guard let target = destination.baseAddress else { return }
    for block in 0..<destination.count / blockCount {
      let bytes = source + block * (2 + blockCount)
      let d = half(bytes, 0)
      let output = target + block * blockCount
      for index in 0..<blockCount {
        output[index] = d * Float(bytes.load(fromByteOffset: 2 + index, as: Int8.self))
      }
    }
  }

  /// Q4_0 has a header of 2 bytes (scale; offset −8), Q4_1 one of 4 (scale, minimum).
  private static func widenQ4(
    _ source: UnsafeRawPointer, headerBytes: Int,
    into destination: UnsafeMutableBufferPointer<Float>
  ) {
    guard let target = destination.baseAddress else { return }
    let halfBlock = blockCount / 2
    let hasMinimum = headerBytes == 4
    let shift: Float = hasMinimum ? 0 : 8
    for block in 0..<destination.count / blockCount {
      let bytes = source + block * (headerBytes + halfBlock)
      let d = half(bytes, 0)
      // Adding negative zero changes no value, not even the sign of a zero.
      let m = hasMinimum ? half(bytes, 2) : -0.0
      let output = target + block * blockCount
      for index in 0..<halfBlock {
        let pair = bytes.load(fromByteOffset: headerBytes + index, as: UInt8.self)
        output[index] = d * (Float(pair & 0x0F) - shift) + m
        output[index + halfBlock] = d * (Float(pair >> 4) - shift) + m
      }
    }
  }

  /// As Q4, the fifth bits between header and quants.
  private static func widenQ5(
    _ source: UnsafeRawPointer, headerBytes: Int,
    into destination: UnsafeMutableBufferPointer<Float>
  ) {
    guard let target = destination.baseAddress else { return }
    let halfBlock = blockCount / 2
    let hasMinimum = headerBytes == 4
    let shift: Float = hasMinimum ? 0 : 16
    for block in 0..<destination.count / blockCount {
      let bytes = source + block * (headerBytes + 4 + halfBlock)
      let d = half(bytes, 0)
      // Adding negative zero changes no value, not even the sign of a zero.
      let m = hasMinimum ? half(bytes, 2) : -0.0
      let high = UInt32(
        littleEndian: bytes.loadUnaligned(fromByteOffset: headerBytes, as: UInt32.self))
      let output = target + block * blockCount
      for index in 0..<halfBlock {
        let pair = bytes.load(fromByteOffset: headerBytes + 4 + index, as: UInt8.self)
        let low = UInt32(pair & 0x0F) | (high >> UInt32(index) & 1) << 4
        let upper = UInt32(pair >> 4) | (high >> UInt32(index + halfBlock) & 1) << 4
        output[index] = d * (Float(low) - shift) + m
        output[index + halfBlock] = d * (Float(upper) - shift) + m
      }
    }
  }
}
