import CKernels

/// Conversions between float32 and the narrower formats, bit by bit.
package enum FloatConversion {
  /// The float32 with the same value as the IEEE half `bits`.
  ///
  /// Plain arithmetic instead of `Float16`, which is a library call per element without F16C instructions.
  @inline(__always)
  package static func widenFloat16(_ bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7FFF) << 13
    // 2^112 moves the exponent bias from 15 to 127, subnormal numbers included.
    let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let special = magnitude >= 0x0F80_0000 ? magnitude | 0x7F80_0000 : scaled
    return Float(bitPattern: special | UInt32(bits & 0x8000) << 16)
  }

  /// The bfloat16 nearest to `value`, ties to even.
  @inline(__always)
  package static func narrowToBFloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x0040 }
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
  }

  /// The bfloat16s nearest to `values`, two bytes each.
  package static func narrowToBFloat16(
    _ values: UnsafeMutableBufferPointer<Float>, into target: UnsafeMutableRawBufferPointer
  ) {
    precondition(target.count == 2 * values.count, "\(target.count) bytes for \(values.count)")
    guard let source = values.baseAddress, let out = target.baseAddress else { return }
    sk_toBFloat16(
      out.assumingMemoryBound(to: UInt16.self), source, Int64(values.count))
  }

  /// The IEEE half nearest to `value`, ties to even.
  @inline(__always)
  package static func narrowToFloat16(_ value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16 & 0x8000)
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
    // From 65520 on, the nearest half is infinity.
    if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
    if magnitude < 0x3880_0000 {
      // Below the smallest normal half: adding 0.5 lets the adder round to a multiple of 2^-24.
      let rounded = Float(bitPattern: magnitude) + 0.5
      return sign | UInt16(truncatingIfNeeded: rounded.bitPattern - 0x3F00_0000)
    }
    let rebased = magnitude - 0x3800_0000 + 0xFFF + (magnitude >> 13 & 1)
    return sign | UInt16(truncatingIfNeeded: rebased >> 13)
  }

  /// Widens `destination.count` elements that lie at `source`, which need not be aligned.
  ///
  /// - Returns: false when `dtype` is not a float of 16 bits or more.
  package static func widen(
    _ source: UnsafeRawPointer, _ dtype: DType, into destination: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    let count = destination.count
    guard let target = destination.baseAddress else { return true }
    switch dtype {
    case .float32:
      UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count * 4)
    case .bfloat16:
      sk_fromBFloat16(target, source, Int64(count))
    case .float16:
      for index in 0..<count {
        target[index] = widenFloat16(
          source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
      }
    case .float64:
      for index in 0..<count {
        target[index] = Float(source.loadUnaligned(fromByteOffset: index * 8, as: Double.self))
      }
    default:
      return false
    }
    return true
  }
}
