/// Entries of one column in one row group: levels and values.
struct ParquetEntries {
  /// One for each entry; empty for a column without lists.
  var repetitions: [UInt8] = []
  /// One for each entry; empty for a column in which everything is there.
  var definitions: [UInt8] = []
  /// Values that are there.
  var values: [Value] = []
  /// Values, nulls and empty lists together.
  var count = 0
}

/// Decodes the pages of one column in one row group.
struct ParquetColumnReader {
  private let column: ParquetColumn
  private let codec: ParquetCodec
  private var entries = ParquetEntries()
  /// Rows that have begun.
  private var rowCount = 0
  private var dictionary: [Value]?
  /// Bytes of the dictionary's texts, which a page may repeat any number of times.
  private var dictionaryByteCounts: [Int] = []

  private init(_ column: ParquetColumn, codec: ParquetCodec) {
    self.column = column
    self.codec = codec
  }

  /// Decodes pages until `rowLimit` rows are complete.
  ///
  /// - Parameters:
  ///   - bytes: the column's pages.
  ///   - chunk: what the footer says about them.
  static func read(
    _ bytes: ArraySlice<UInt8>, _ chunk: ParquetMetadata.ColumnChunk, _ column: ParquetColumn,
    rowLimit: Int, _ budget: inout ParquetBudget
  ) throws(ParquetFault) -> ParquetEntries {
    var reader = ParquetColumnReader(column, codec: try ParquetCodec(chunk.codec))
    var (rest, page) = (bytes, 0)
    // The last row may go on in the next page, unless there are no lists.
    let rowsNeeded =
      column.repetitionLimit == 0 || rowLimit == .max ? rowLimit : rowLimit + 1
    while reader.entries.count < chunk.valueCount, reader.rowCount < rowsNeeded {
      do throws(ParquetFault) {
        try reader.readPage(&rest, &budget)
      } catch {
        throw error.inside("page \(page)")
      }
      page += 1
    }
    return reader.entries
  }

  private mutating func readPage(
    _ rest: inout ArraySlice<UInt8>, _ budget: inout ParquetBudget
  ) throws(ParquetFault) {
    let header = try ParquetPageHeader(rest)
    rest = rest.dropFirst(header.headerByteCount)
    guard header.compressedByteCount <= rest.count else {
      throw ParquetFault(
        "\(header.compressedByteCount) bytes are announced, but \(rest.count) are left")
    }
    let body = rest.prefix(header.compressedByteCount)
    rest = rest.dropFirst(header.compressedByteCount)
    if let checksum = header.checksum, checksum != Decompression.crc32(body) {
      throw ParquetFault("its checksum is wrong")
    }
    if codec.isCompressed { try budget.spend(bytes: header.uncompressedByteCount) }
    if header.kind != .index, header.kind != nil { try budget.spend(values: header.valueCount) }
    switch header.kind {
    case .dictionary: try readDictionary(header, body, &budget)
    case .data: try readData(header, body, &budget)
    case .dataV2: try readDataV2(header, body, &budget)
    case .index, nil: break
    }
  }

  private mutating func readDictionary(
    _ header: ParquetPageHeader, _ body: ArraySlice<UInt8>, _ budget: inout ParquetBudget
  ) throws(ParquetFault) {
    guard dictionary == nil else { throw ParquetFault("the column has a second dictionary") }
    guard [0, 2].contains(header.encoding) else {
      throw ParquetFault(unsupported: "a dictionary with the encoding \(header.encoding)")
    }
    let bytes = try codec.unpack(body, size: header.uncompressedByteCount)
    dictionary = try column.present(
      .decode(bytes, count: header.valueCount, encoding: 0, column, &budget))
    dictionaryByteCounts = (dictionary ?? []).map { $0.stringValue?.utf8.count ?? 0 }
  }

  private mutating func readData(
    _ header: ParquetPageHeader, _ body: ArraySlice<UInt8>, _ budget: inout ParquetBudget
  ) throws(ParquetFault) {
    var cursor = ByteCursor(try codec.unpack(body, size: header.uncompressedByteCount))
    func levels(limit: UInt8, encoding: Int) throws(ParquetFault) -> [UInt8] {
      if limit == 0 { return [] }
      let width = Self.width(of: limit)
      switch encoding {
      case 3:
        let bytes = try cursor.take(Int(try cursor.number(UInt32.self)))
        return try Self.levels(
          PackedNumbers.runs(bytes, width: width, count: header.valueCount), limit: limit)
      case 4:
        return try Self.levels(
          PackedNumbers.fromHighestBit(&cursor, width: width, count: header.valueCount),
          limit: limit)
      default: throw ParquetFault(unsupported: "levels with the encoding \(encoding)")
      }
    }
    let repetitions = try levels(
      limit: column.repetitionLimit, encoding: header.repetitionEncoding)
    let definitions = try levels(
      limit: column.definitionLimit, encoding: header.definitionEncoding)
    try append(header, repetitions, definitions, cursor.rest, &budget)
  }

  private mutating func readDataV2(
    _ header: ParquetPageHeader, _ body: ArraySlice<UInt8>, _ budget: inout ParquetBudget
  ) throws(ParquetFault) {
    var cursor = ByteCursor(body)
    func levels(limit: UInt8, byteCount: Int) throws(ParquetFault) -> [UInt8] {
      let bytes = try cursor.take(byteCount)
      if limit == 0 { return [] }
      return try Self.levels(
        PackedNumbers.runs(bytes, width: Self.width(of: limit), count: header.valueCount),
        limit: limit)
    }
    let repetitions = try levels(
      limit: column.repetitionLimit, byteCount: header.repetitionByteCount)
    let definitions = try levels(
      limit: column.definitionLimit, byteCount: header.definitionByteCount)
    let size = header.uncompressedByteCount - cursor.offset
    guard size >= 0 else { throw ParquetFault("levels are longer than their page") }
    let values = header.isCompressed ? try codec.unpack(cursor.rest, size: size) : cursor.rest
    try append(header, repetitions, definitions, values, &budget)
  }

  private static func width(of limit: UInt8) -> Int { 8 - limit.leadingZeroBitCount }

  private static func levels(
    _ numbers: [UInt32], limit: UInt8
  ) throws(ParquetFault) -> [UInt8] {
    guard numbers.allSatisfy({ $0 <= limit }) else {
      throw ParquetFault("a level is above \(limit), which the schema does not allow")
    }
    return numbers.map { UInt8($0) }
  }

  private mutating func append(
    _ header: ParquetPageHeader, _ repetitions: [UInt8], _ definitions: [UInt8],
    _ bytes: ArraySlice<UInt8>, _ budget: inout ParquetBudget
  ) throws(ParquetFault) {
    if entries.count == 0, let first = repetitions.first, first != 0 {
      throw ParquetFault("the first row begins in the middle of a list")
    }
    let valueCount =
      column.definitionLimit == 0
      ? header.valueCount : definitions.count { $0 == column.definitionLimit }
    entries.values += try values(header, bytes, count: valueCount, &budget)
    entries.repetitions += repetitions
    entries.definitions += definitions
    entries.count += header.valueCount
    rowCount += column.repetitionLimit == 0 ? header.valueCount : repetitions.count { $0 == 0 }
  }

  private func values(
    _ header: ParquetPageHeader, _ bytes: ArraySlice<UInt8>, count: Int,
    _ budget: inout ParquetBudget
  ) throws(ParquetFault) -> [Value] {
    // A page of nulls alone may say nothing about its values.
    if count == 0 { return [] }
    guard [2, 8].contains(header.encoding) else {
      return try column.present(
        .decode(bytes, count: count, encoding: header.encoding, column, &budget))
    }
    guard let dictionary else { throw ParquetFault("values refer to a dictionary that is missing") }
    var cursor = ByteCursor(bytes)
    let width = Int(try cursor.byte())
    var values: [Value] = []
    values.reserveCapacity(count)
    var byteCount = 0
    for index in try PackedNumbers.runs(cursor.rest, width: width, count: count) {
      guard index < dictionary.count else {
        throw ParquetFault("entry \(index) of a dictionary that has \(dictionary.count)")
      }
      values.append(dictionary[Int(index)])
      byteCount += dictionaryByteCounts[Int(index)]
    }
    try budget.spend(bytes: byteCount)
    return values
  }
}
