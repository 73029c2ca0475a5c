/// Encodings that store differences between neighbours.
///
/// https://github.com/apache/parquet-format/blob/master/Encodings.md
enum DeltaEncoding {
  /// DELTA_BINARY_PACKED; leaves the cursor behind the last number.
  ///
  /// - Returns: exactly `count` numbers.
  static func integers(_ cursor: inout ByteCursor, count: Int) throws(ParquetFault) -> [Int64] {
    let blockSize = try cursor.count()
    let groupCount = try cursor.count()
    let total = try cursor.count()
    var last = try cursor.zigzag()
    guard (1...1 << 16).contains(blockSize), (1...blockSize).contains(groupCount),
      blockSize % groupCount == 0, blockSize / groupCount % 8 == 0
    else {
      throw ParquetFault("a delta block of \(blockSize) numbers in \(groupCount) groups")
    }
    guard total == count else {
      throw ParquetFault("\(total) delta-encoded numbers where \(count) are expected")
    }
    var numbers: [Int64] = count > 0 ? [last] : []
    numbers.reserveCapacity(count)
    let groupSize = blockSize / groupCount
    while numbers.count < count {
      let smallest = try cursor.zigzag()
      let widths = try cursor.take(groupCount)
      for width in widths where numbers.count < count {
        guard width <= 64 else { throw ParquetFault("numbers of \(width) bits") }
        // The last group may be cut off behind the last number.
        let byteCount = groupSize / 8 * Int(width)
        var unpacker = BitUnpacker(try cursor.take(min(byteCount, cursor.remaining)))
        for _ in 0..<min(groupSize, count - numbers.count) {
          last = last &+ smallest &+ Int64(bitPattern: try unpacker.next(Int(width)))
          numbers.append(last)
        }
      }
    }
    return numbers
  }

  /// DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes.
  static func byteArrays(
    _ bytes: ArraySlice<UInt8>, count: Int
  ) throws(ParquetFault) -> [ArraySlice<UInt8>] {
    var cursor = ByteCursor(bytes)
    let lengths = try integers(&cursor, count: count)
    var arrays: [ArraySlice<UInt8>] = []
    for length in lengths { arrays.append(try cursor.take(Int(length))) }
    return arrays
  }

  /// DELTA_BYTE_ARRAY: how much of the value before is repeated, and what comes behind it.
  static func prefixedByteArrays(
    _ bytes: ArraySlice<UInt8>, count: Int, _ budget: inout ParquetBudget
  ) throws(ParquetFault) -> [ArraySlice<UInt8>] {
    var cursor = ByteCursor(bytes)
    let prefixes = try integers(&cursor, count: count)
    let suffixes = try byteArrays(cursor.rest, count: count)
    var arrays: [ArraySlice<UInt8>] = []
    var last: ArraySlice<UInt8> = []
    for (prefix, suffix) in zip(prefixes, suffixes) {
      guard (0...Int64(last.count)).contains(prefix) else {
        throw ParquetFault("a value repeats \(prefix) bytes of one that has \(last.count)")
      }
      try budget.spend(bytes: Int(prefix) + suffix.count)
      last = last.prefix(Int(prefix)) + suffix
      arrays.append(last)
    }
    return arrays
  }
}
