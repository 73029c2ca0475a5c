/// The values of one page as they are stored, nulls left out.
enum ParquetValues {
  case booleans([Bool])
  case integers([Int64])
  case floats([Double])
  /// Byte arrays, and the twelve bytes of INT96.
  case bytes([ArraySlice<UInt8>])

  /// Decodes `count` values of a page.
  ///
  /// - Parameter encoding: any but a dictionary's.
  static func decode(
    _ bytes: ArraySlice<UInt8>, count: Int, encoding: Int, _ column: ParquetColumn,
    _ budget: inout ParquetBudget
  ) throws(ParquetFault) -> ParquetValues {
    switch (encoding, column.storage) {
    case (0, _): return try plain(bytes, count: count, column)
    case (3, .boolean):
      var cursor = ByteCursor(bytes)
      let length = Int(try cursor.number(UInt32.self))
      let runs = try PackedNumbers.runs(try cursor.take(length), width: 1, count: count)
      return .booleans(runs.map { $0 != 0 })
    case (5, .int32), (5, .int64):
      var cursor = ByteCursor(bytes)
      let numbers = try DeltaEncoding.integers(&cursor, count: count)
      // Differences of 32-bit numbers wrap around at 32 bits.
      return .integers(
        column.storage == .int64
          ? numbers : numbers.map { Int64(Int32(truncatingIfNeeded: $0)) })
    case (6, .byteArray):
      return .bytes(try DeltaEncoding.byteArrays(bytes, count: count))
    case (7, .byteArray), (7, .fixedLengthByteArray):
      return .bytes(try DeltaEncoding.prefixedByteArrays(bytes, count: count, &budget))
    case (9, .int32), (9, .int64), (9, .float), (9, .double), (9, .fixedLengthByteArray):
      return try plain(
        unsplit(bytes, count: count, width: width(column))[...], count: count, column)
    default:
      let name = encodingNames.indices.contains(encoding) ? encodingNames[encoding] : "\(encoding)"
      throw ParquetFault(unsupported: "\(column.storage) values with the encoding \(name)")
    }
  }

  private static let encodingNames = [
    "PLAIN", "GROUP_VAR_INT", "PLAIN_DICTIONARY", "RLE", "BIT_PACKED", "DELTA_BINARY_PACKED",
    "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT",
  ]

  /// Bytes of a value in plain encoding; 0 where values differ in length.
  private static func width(_ column: ParquetColumn) -> Int {
    switch column.storage {
    case .int32, .float: 4
    case .int64, .double: 8
    case .int96: 12
    case .fixedLengthByteArray: column.length
    case .boolean, .byteArray: 0
    }
  }

  private static func plain(
    _ bytes: ArraySlice<UInt8>, count: Int, _ column: ParquetColumn
  ) throws(ParquetFault) -> ParquetValues {
    let width = width(column)
    guard count * width <= bytes.count else {
      throw ParquetFault("\(count) values of \(width) bytes are announced in \(bytes.count) bytes")
    }
    var cursor = ByteCursor(bytes)
    func numbers<T>(
      _ read: (inout ByteCursor) throws(ParquetFault) -> T
    ) throws(ParquetFault) -> [T] {
      var values: [T] = []
      for _ in 0..<count { values.append(try read(&cursor)) }
      return values
    }
    switch column.storage {
    case .boolean:
      var unpacker = BitUnpacker(bytes)
      var values: [Bool] = []
      for _ in 0..<count { values.append(try unpacker.next(1) != 0) }
      return .booleans(values)
    case .int32:
      return .integers(
        try numbers { (cursor) throws(ParquetFault) in Int64(try cursor.number(Int32.self)) })
    case .int64:
      return .integers(
        try numbers { (cursor) throws(ParquetFault) in try cursor.number(Int64.self) })
    case .float:
      return .floats(
        try numbers { (cursor) throws(ParquetFault) in
          Double(Float(bitPattern: try cursor.number(UInt32.self)))
        })
    case .double:
      return .floats(
        try numbers { (cursor) throws(ParquetFault) in
          Double(bitPattern: try cursor.number(UInt64.self))
        })
    case .int96, .fixedLengthByteArray:
      return .bytes(try numbers { (cursor) throws(ParquetFault) in try cursor.take(width) })
    case .byteArray:
      return .bytes(
        try numbers { (cursor) throws(ParquetFault) in
          try cursor.take(Int(try cursor.number(UInt32.self)))
        })
    }
  }

  /// BYTE_STREAM_SPLIT: first every value's first byte, then every second one, and so on.
  private static func unsplit(
    _ bytes: ArraySlice<UInt8>, count: Int, width: Int
  ) throws(ParquetFault) -> [UInt8] {
    guard bytes.count == count * width else {
      throw ParquetFault("\(count) split values of \(width) bytes are \(bytes.count) bytes")
    }
    return (0..<bytes.count).map { bytes[bytes.startIndex + $0 % width * count + $0 / width] }
  }
}
