/// Numbers of a fixed width in bits, one behind the other, each from its lowest bit.
struct BitUnpacker {
  private var bytes: ArraySlice<UInt8>
  private var buffer: UInt64 = 0
  private var bufferedBits = 0

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// - Parameter width: 0 to 64.
  mutating func next(_ width: Int) throws(ParquetFault) -> UInt64 {
    if width <= 32 { return try short(width) }
    let low = try short(32)
    return low | (try short(width - 32)) << 32
  }

  private mutating func short(_ width: Int) throws(ParquetFault) -> UInt64 {
    while bufferedBits < width {
      guard let byte = bytes.popFirst() else { throw ParquetFault("packed numbers end too early") }
      buffer |= UInt64(byte) << UInt64(bufferedBits)
      bufferedBits += 8
    }
    defer {
      buffer >>= UInt64(width)
      bufferedBits -= width
    }
    return buffer & (1 << UInt64(width) - 1)
  }
}

/// Levels, dictionary indices and truth values.
enum PackedNumbers {
  /// Runs of one repeated number and groups of eight packed ones, mixed.
  ///
  /// - Returns: exactly `count` numbers.
  static func runs(
    _ bytes: ArraySlice<UInt8>, width: Int, count: Int
  ) throws(ParquetFault) -> [UInt32] {
    guard (0...32).contains(width) else { throw ParquetFault("numbers of \(width) bits") }
    var numbers: [UInt32] = []
    numbers.reserveCapacity(count)
    var cursor = ByteCursor(bytes)
    while numbers.count < count {
      let missing = count - numbers.count
      let header = try cursor.varint()
      // A longer run would not say more.
      let length = Int(clamping: min(header >> 1, UInt64(count)))
      if header & 1 == 0 {
        var value: UInt32 = 0
        for index in 0..<(width + 7) / 8 { value |= UInt32(try cursor.byte()) << UInt32(8 * index) }
        numbers.append(contentsOf: repeatElement(value, count: min(length, missing)))
      } else {
        // The last group may be cut off behind the last number.
        var unpacker = BitUnpacker(try cursor.take(min(cursor.remaining, length * width)))
        for _ in 0..<min(missing, length * 8) { numbers.append(UInt32(try unpacker.next(width))) }
      }
    }
    return numbers
  }

  /// The deprecated way to write levels: packed without runs, each from its highest bit.
  static func fromHighestBit(
    _ cursor: inout ByteCursor, width: Int, count: Int
  ) throws(ParquetFault) -> [UInt32] {
    let bytes = try cursor.take((count * width + 7) / 8)
    return (0..<count).map { index in
      (index * width..<(index + 1) * width).reduce(0) { value, bit in
        let byte = bytes[bytes.startIndex + bit / 8]
        return value << 1 | UInt32(byte >> UInt8(7 - bit % 8) & 1)
      }
    }
  }
}
