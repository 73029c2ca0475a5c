/// The blocks of 256 elements ("K" types): sub-blocks with small integer scales of their own.
///
///     Q2_K: (d · s) · q − dMin · m       16 sub-blocks of 16; s, m of 4 bits
///     Q3_K: (d · s) · q                  16 sub-blocks of 16; s of 6 bits
///     Q4_K, Q5_K: (d · s) · q − dMin · m  8 sub-blocks of 32; s, m of 6 bits
///     Q6_K: (d · s) · q                  16 sub-blocks of 16; s of 8 bits
///     Q8_K: d · q
///     IQ4_XS: (d · s) · table[q]          8 sub-blocks of 32; s of 6 bits
extension BlockDequantization {
  private typealias Bytes = UnsafePointer<UInt8>
  private typealias Output = UnsafeMutablePointer<Float>

  static func widenLarge(
    _ source: UnsafeRawPointer, _ format: GGUFType.LargeFormat, blockBytes: Int,
    into destination: UnsafeMutableBufferPointer<Float>
  ) {
    guard let target = destination.baseAddress else { return }
    let first = source.assumingMemoryBound(to: UInt8.self)
    for block in 0..<destination.count / 256 {
      let (bytes, output) = (first + block * blockBytes, target + block * 256)
      switch format {
      case .q2: widenQ2(bytes, output)
      case .q3: widenQ3(bytes, output)
      case .q4: widenQ4(bytes, output, highBits: nil, low: bytes + 16)
      case .q5: widenQ4(bytes, output, highBits: bytes + 16, low: bytes + 48)
      case .q6: widenQ6(bytes, output)
      case .q8: widenQ8K(bytes, output)
      case .iq4XS: widenIQ4XS(bytes, output)
      }
    }
  }

  private static func half(_ bytes: Bytes, _ offset: Int) -> Float {
    half(UnsafeRawPointer(bytes), offset)
  }

  /// Scales (16 bytes), quants of 2 bits (64), d, dMin.
  private static func widenQ2(_ bytes: Bytes, _ output: Output) {
    let (d, minimum) = (half(bytes, 80), half(bytes, 82))
    for part in 0..<16 {
      let scale = d * Float(bytes[part] & 0x0F)
      let offset = minimum * Float(bytes[part] >> 4)
      // Eight sub-blocks share 32 bytes, two bits for each pair of them.
      let quants = bytes + 16 + part / 8 * 32 + part % 2 * 16
      let shift = UInt8(part % 8 / 2 * 2)
      for index in 0..<16 {
        output[part * 16 + index] = scale * Float((quants[index] >> shift) & 3) - offset
      }
    }
  }

  /// Masks of the third bit (32 bytes), quants of 2 bits (64), scales of 6 bits (12), d.
  private static func widenQ3(_ bytes: Bytes, _ output: Output) {
    let d = half(bytes, 108)
    let scales = bytes + 96
    for part in 0..<16 {
      let low = (scales[part % 8] >> UInt8(part / 8 * 4)) & 0x0F
      let high = (scales[8 + part % 4] >> UInt8(part / 4 * 2)) & 3
      let scale = d * Float(Int8(low | high << 4) - 32)
      let quants = bytes + 32 + part / 8 * 32 + part % 2 * 16
      let mask = bytes + part % 2 * 16
      let (shift, bit) = (UInt8(part % 8 / 2 * 2), UInt8(part / 2))
      for index in 0..<16 {
        // A mask bit that is not set takes four away.
        let missing = Int8((mask[index] >> bit) & 1 ^ 1) << 2
        output[part * 16 + index] = scale * Float(Int8((quants[index] >> shift) & 3) - missing)
      }
    }
  }

  /// d, dMin, scales and minima of 6 bits (12 bytes), for Q5_K the fifth bits (32), quants of 4 bits (128).
  private static func widenQ4(
    _ bytes: Bytes, _ output: Output, highBits: Bytes?, low: Bytes
  ) {
    let (d, minimum) = (half(bytes, 0), half(bytes, 2))
    let packed = bytes + 4
    for part in 0..<8 {
      let (s, m) = scaleAndMinimum(packed, part)
      let (scale, offset) = (d * Float(s), minimum * Float(m))
      let quants = low + part / 2 * 32
      let shift = UInt8(part % 2 * 4)
      for index in 0..<32 {
        var quant = (quants[index] >> shift) & 0x0F
        if let highBits { quant |= ((highBits[index] >> UInt8(part)) & 1) << 4 }
        output[part * 32 + index] = scale * Float(quant) - offset
      }
    }
  }

  /// Sixteen numbers of 6 bits in 12 bytes: four scales, four minima, then the low halves of the other eight, whose
  /// two high bits are the high bits of the first eight bytes.
  private static func scaleAndMinimum(_ packed: Bytes, _ part: Int) -> (UInt8, UInt8) {
    if part < 4 { return (packed[part] & 0x3F, packed[part + 4] & 0x3F) }
    let rest = packed[part + 4]
    return (
      rest & 0x0F | (packed[part - 4] >> 2) & 0x30, rest >> 4 | (packed[part] >> 2) & 0x30
    )
  }

  /// Low nibbles (128 bytes), high bits (64), scales (16), d.
  private static func widenQ6(_ bytes: Bytes, _ output: Output) {
    let d = half(bytes, 208)
    for part in 0..<16 {
      let scale = d * Float(Int8(bitPattern: bytes[192 + part]))
      // Each half of the block: 64 bytes of nibbles, low ones first, and 32 of high bits.
      let (side, inner) = (part / 8, part % 8)
      let low = bytes + side * 64 + inner % 4 * 16
      let high = bytes + 128 + side * 32 + inner % 2 * 16
      let (nibble, shift) = (UInt8(inner / 4 * 4), UInt8(inner / 2 * 2))
      for index in 0..<16 {
        let quant = (low[index] >> nibble) & 0x0F | ((high[index] >> shift) & 3) << 4
        output[part * 16 + index] = scale * Float(Int8(quant) - 32)
      }
    }
  }

  /// d (float32), quants of 8 bits (256), sums that are not needed.
  private static func widenQ8K(_ bytes: Bytes, _ output: Output) {
    let d = Float(
      bitPattern: UInt32(
        littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt32.self)))
    for index in 0..<256 { output[index] = d * Float(Int8(bitPattern: bytes[4 + index])) }
  }

  /// d, high bits of the scales (2 bytes), their low bits (4), places in the table of 4 bits (128).
  private static func widenIQ4XS(_ bytes: Bytes, _ output: Output) {
    let d = half(bytes, 0)
    let high = UInt16(bytes[2]) | UInt16(bytes[3]) << 8
    for part in 0..<8 {
      let low = (bytes[4 + part / 2] >> UInt8(part % 2 * 4)) & 0x0F
      let scale = d * Float(Int8(low | UInt8(high >> UInt16(part * 2) & 3) << 4) - 32)
      widenTable(bytes + 8 + part * 16, output + part * 32, scale: scale)
    }
  }

  /// Sixteen bytes hold elements 0…15 (low bits) and 16…31 (high bits).
  private static func widenTable(_ places: Bytes, _ output: Output, scale: Float) {
    for index in 0..<16 {
      output[index] = scale * Self.table[Int(places[index] & 0x0F)]
      output[index + 16] = scale * Self.table[Int(places[index] >> 4)]
    }
  }

  /// IQ4_NL: d (half) and 32 places in the table.
  static func widenIQ4NL(
    _ source: UnsafeRawPointer, into destination: UnsafeMutableBufferPointer<Float>
  ) {
    guard let target = destination.baseAddress else { return }
    let first = source.assumingMemoryBound(to: UInt8.self)
    for block in 0..<destination.count / 32 {
      let bytes = first + block * 18
      widenTable(bytes + 2, target + block * 32, scale: half(bytes, 0))
    }
  }

  /// The values that ggml's IQ4 types choose from, closer together near zero.
  private static let table: [Float] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
  ]
}
