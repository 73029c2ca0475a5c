/// Reads numbers and stretches of bytes one after the other and never past the end.
struct ByteCursor {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  var remaining: Int { bytes.endIndex - position }
  /// Bytes read so far.
  var offset: Int { position - bytes.startIndex }
  /// What has not been read.
  var rest: ArraySlice<UInt8> { bytes[position...] }

  mutating func byte() throws(ParquetFault) -> UInt8 {
    guard position < bytes.endIndex else { throw ParquetFault("the data ends too early") }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func take(_ count: Int) throws(ParquetFault) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else {
      throw ParquetFault("\(count) bytes are announced, but \(remaining) are left")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// A little-endian number of the width of `T`.
  mutating func number<T: FixedWidthInteger>(_ type: T.Type) throws(ParquetFault) -> T {
    let slice = try take(T.bitWidth / 8)
    return T(littleEndian: slice.withUnsafeBytes { $0.loadUnaligned(as: T.self) })
  }

  /// Seven bits a byte, the lowest first.
  mutating func varint() throws(ParquetFault) -> UInt64 {
    var (value, shift) = (UInt64(0), UInt64(0))
    while true {
      let next = try byte()
      // The tenth byte holds one bit.
      if shift == 63, next > 1 { throw ParquetFault("a number is longer than 64 bits") }
      value |= UInt64(next & 0x7f) << shift
      if next < 0x80 { return value }
      shift += 7
    }
  }

  /// A varint that counts something and therefore fits in an `Int`.
  mutating func count() throws(ParquetFault) -> Int {
    let value = try varint()
    guard let count = Int(exactly: value) else { throw ParquetFault("a count of \(value)") }
    return count
  }

  /// A signed number: 0, −1, 1, −2 … are written as 0, 1, 2, 3 …
  mutating func zigzag() throws(ParquetFault) -> Int64 {
    let value = try varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }
}
