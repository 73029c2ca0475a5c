/// What a Parquet file's footer says: the schema and where each column's pages are.
///
/// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
struct ParquetMetadata {
  var schema: [Element] = []
  var rowGroups: [RowGroup] = []
  var isEncrypted = false
  /// Arrow's schema as pyarrow keeps it.
  var arrowSchema: String?

  /// One node of the schema; the tree is written depth first.
  struct Element {
    var name = ""
    /// Physical type of a leaf; nil for a group.
    var type: Int?
    /// Bytes of a value of fixed length.
    var length = 0
    var repetition: Int?
    var childCount = 0
    /// The older way to say what a value means.
    var convertedType: Int?
    var scale = 0
    var logicalType: LogicalType?
  }

  /// The newer way to say what a value means: member of the union, and its parameters.
  struct LogicalType {
    var id = 0
    var scale = 0
    var unit = 0
    var bitWidth = 0
    var isSigned = true
    var isUTC = false
  }

  struct RowGroup {
    var columns: [ColumnChunk] = []
    var rowCount = 0
  }

  struct ColumnChunk {
    /// Another file that holds the column; empty as a rule.
    var filePath = ""
    var isEncrypted = false
    var type = 0
    var codec = 0
    /// Values, nulls and empty lists together.
    var valueCount = 0
    var compressedByteCount = 0
    var dataPageOffset = 0
    var dictionaryPageOffset: Int?
  }

  init(_ bytes: ArraySlice<UInt8>) throws(ParquetFault) {
    var reader = ThriftReader(bytes)
    var metadata = Self.empty
    try reader.structure { (reader, field) throws(ParquetFault) in
      switch field.id {
      case 2: metadata.schema = try reader.list(field, of: .structure, Element.init)
      case 4: metadata.rowGroups = try reader.list(field, of: .structure, RowGroup.init)
      case 5:
        let pairs = try reader.list(field, of: .structure, Self.pair)
        metadata.arrowSchema = pairs.first { $0.key == "ARROW:schema" }?.value
      case 8:
        metadata.isEncrypted = true
        try reader.skip(field)
      default: try reader.skip(field)
      }
    }
    self = metadata
  }

  private static func pair(
    _ reader: inout ThriftReader
  ) throws(ParquetFault) -> (key: String, value: String) {
    var pair = (key: "", value: "")
    try reader.structure { (reader, field) throws(ParquetFault) in
      switch field.id {
      case 1: pair.key = try reader.string(field)
      case 2: pair.value = try reader.string(field)
      default: try reader.skip(field)
      }
    }
    return pair
  }

  private static var empty: ParquetMetadata { ParquetMetadata() }
  private init() {}
}

extension ParquetMetadata.Element {
  fileprivate init(_ reader: inout ThriftReader) throws(ParquetFault) {
    var element = Self()
    try reader.structure { (reader, field) throws(ParquetFault) in
      switch field.id {
      case 1: element.type = try reader.integer(field)
      case 2: element.length = try reader.integer(field)
      case 3: element.repetition = try reader.integer(field)
      case 4: element.name = try reader.string(field)
      case 5: element.childCount = try reader.integer(field)
      case 6: element.convertedType = try reader.integer(field)
      case 7: element.scale = try reader.integer(field)
      case 10: element.logicalType = try ParquetMetadata.LogicalType(&reader, field)
      default: try reader.skip(field)
      }
    }
    self = element
  }
}

extension ParquetMetadata.LogicalType {
  fileprivate init(
    _ reader: inout ThriftReader, _ field: ThriftReader.Field
  ) throws(ParquetFault) {
    var type = Self()
    try reader.structure(field) { (reader, member) throws(ParquetFault) in
      type.id = member.id
      try reader.structure(member) { (reader, field) throws(ParquetFault) in
        switch (member.id, field.id) {
        case (5, 1): type.scale = try reader.integer(field)
        case (7, 1), (8, 1): type.isUTC = try reader.bool(field)
        case (7, 2), (8, 2):
          try reader.structure(field) { (reader, unit) throws(ParquetFault) in
            type.unit = unit.id
            try reader.skip(unit)
          }
        case (10, 1): type.bitWidth = try reader.integer(field)
        case (10, 2): type.isSigned = try reader.bool(field)
        default: try reader.skip(field)
        }
      }
    }
    self = type
  }
}

extension ParquetMetadata.RowGroup {
  fileprivate init(_ reader: inout ThriftReader) throws(ParquetFault) {
    var group = Self()
    try reader.structure { (reader, field) throws(ParquetFault) in
      switch field.id {
      case 1:
        group.columns = try reader.list(
          field, of: .structure, ParquetMetadata.ColumnChunk.init)
      case 3: group.rowCount = try reader.integer(field)
      default: try reader.skip(field)
      }
    }
    self = group
  }
}

extension ParquetMetadata.ColumnChunk {
  fileprivate init(_ reader: inout ThriftReader) throws(ParquetFault) {
    var chunk = Self()
    var hasMetadata = false
    try reader.structure { (reader, field) throws(ParquetFault) in
      switch field.id {
      case 1: chunk.filePath = try reader.string(field)
      case 3:
        hasMetadata = true
        try reader.structure(field) { (reader, field) throws(ParquetFault) in
          try chunk.readMetadata(&reader, field)
        }
      case 8, 9:
        chunk.isEncrypted = true
        try reader.skip(field)
      default: try reader.skip(field)
      }
    }
    if !hasMetadata, !chunk.isEncrypted { throw ParquetFault("a column has no metadata") }
    self = chunk
  }

  private mutating func readMetadata(
    _ reader: inout ThriftReader, _ field: ThriftReader.Field
  ) throws(ParquetFault) {
    switch field.id {
    case 1: type = try reader.integer(field)
    case 4: codec = try reader.integer(field)
    case 5: valueCount = try reader.integer(field)
    case 7: compressedByteCount = try reader.integer(field)
    case 9: dataPageOffset = try reader.integer(field)
    case 11: dictionaryPageOffset = try reader.integer(field)
    default: try reader.skip(field)
    }
  }
}
