import Tensors
import Testing

@Suite struct FloatConversionTests {
  @Test func everyHalfWidensToItsValue() {
    for bits in UInt16.min...UInt16.max {
      let expected = Float(Float16(bitPattern: bits))
      let actual = FloatConversion.widenFloat16(bits)
      if expected.isNaN ? !actual.isNaN : actual.bitPattern != expected.bitPattern {
        Issue.record("\(bits): \(actual) instead of \(expected)")
      }
    }
  }

  @Test func narrowingToHalfRoundsToNearestEven() {
    var random = SplitMix(state: 3)
    var values = (0..<60_000).map { _ in
      Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
    }
    // Every half, the midpoints between neighbours, and one step to either side of them.
    for bits in UInt16.min..<0x7C00 {
      let low = Float(Float16(bitPattern: bits))
      let middle = (low + (bits == 0x7BFF ? 65536 : Float(Float16(bitPattern: bits + 1)))) / 2
      values += [low, middle, middle.nextUp, -middle.nextDown]
    }
    for value in values {
      let expected = Float16(value)
      let actual = FloatConversion.narrowToFloat16(value)
      if expected.isNaN ? !Float16(bitPattern: actual).isNaN : actual != expected.bitPattern {
        Issue.record("\(value): \(actual) instead of \(expected.bitPattern)")
      }
    }
  }

  @Test(
    arguments: [
      (0x3F80_0000, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F81_8000, 0x3F82), (0x3F80_8001, 0x3F81),
      (0x7F80_0000, 0x7F80), (0x7F7F_FFFF, 0x7F80), (0xFF80_0000, 0xFF80), (0x8000_0000, 0x8000),
      (0x7F80_0001, 0x7FC0), (0x0000_0001, 0x0000), (0x0000_8001, 0x0001),
    ] as [(UInt32, UInt16)]) func narrowingToBFloat16(_ bits: UInt32, _ expected: UInt16)
  {
    #expect(FloatConversion.narrowToBFloat16(Float(bitPattern: bits)) == expected)
  }

  @Test func unalignedBytesWiden() {
    let bytes: [UInt8] = [0, 0x80, 0x3F, 0x00, 0xC0]
    let values = Tensor([2])
    bytes.withUnsafeBytes { buffer in
      #expect(FloatConversion.widen(buffer.baseAddress! + 1, .bfloat16, into: values.elements))
      #expect(!FloatConversion.widen(buffer.baseAddress! + 1, .int16, into: values.elements))
    }
    #expect(values.values == [1, -2])
  }
}
