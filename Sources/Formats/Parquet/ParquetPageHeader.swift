/// What stands in front of each page.
struct ParquetPageHeader {
  enum Kind: Int {
    case data, index, dictionary, dataV2
  }
  /// nil for a kind of page that this reader has never heard of.
  var kind: Kind?
  var uncompressedByteCount = 0
  var compressedByteCount = 0
  /// CRC-32 of the page as it stands in the file; nil where the writer kept none.
  var checksum: UInt32?
  /// Values, nulls and empty lists together; in a dictionary, its entries.
  var valueCount = 0
  var encoding = 0
  /// Encodings of levels, version 1 only.
  var definitionEncoding = 3
  var repetitionEncoding = 3
  /// Sizes of levels, version 2 only.
  var definitionByteCount = 0
  var repetitionByteCount = 0
  /// Whether the values of a page of version 2 are compressed.
  var isCompressed = true
  /// Bytes of the header itself.
  var headerByteCount = 0

  /// Reads a header from the beginning of `bytes`.
  init(_ bytes: ArraySlice<UInt8>) throws(ParquetFault) {
    var reader = ThriftReader(bytes)
    var header = Self()
    var hasBody = false
    try reader.structure { (reader, field) throws(ParquetFault) in
      switch field.id {
      case 1: header.kind = Kind(rawValue: try reader.integer(field))
      case 2: header.uncompressedByteCount = try reader.integer(field)
      case 3: header.compressedByteCount = try reader.integer(field)
      case 4: header.checksum = UInt32(truncatingIfNeeded: try reader.integer(field))
      case 5, 7, 8:
        hasBody = true
        try reader.structure(field) { (reader, part) throws(ParquetFault) in
          try header.read(&reader, part, version: field.id == 8 ? 2 : 1)
        }
      default: try reader.skip(field)
      }
    }
    guard hasBody || header.kind == .index || header.kind == nil else {
      throw ParquetFault("a page header does not say what is in the page")
    }
    let counts = [
      header.uncompressedByteCount, header.compressedByteCount, header.valueCount,
      header.definitionByteCount, header.repetitionByteCount,
    ]
    guard counts.allSatisfy({ (0...Int(Int32.max)).contains($0) }) else {
      throw ParquetFault("a page header holds a negative or impossible size")
    }
    header.headerByteCount = reader.cursor.offset
    self = header
  }

  private init() {}

  private mutating func read(
    _ reader: inout ThriftReader, _ field: ThriftReader.Field, version: Int
  ) throws(ParquetFault) {
    switch (version, field.id) {
    case (_, 1): valueCount = try reader.integer(field)
    case (1, 2), (2, 4): encoding = try reader.integer(field)
    // In a dictionary's header this is whether it is sorted.
    case (1, 3) where field.type == .int32: definitionEncoding = try reader.integer(field)
    case (1, 4): repetitionEncoding = try reader.integer(field)
    case (2, 5): definitionByteCount = try reader.integer(field)
    case (2, 6): repetitionByteCount = try reader.integer(field)
    case (2, 7): isCompressed = try reader.bool(field)
    default: try reader.skip(field)
    }
  }
}
