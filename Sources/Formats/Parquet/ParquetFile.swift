import Foundation

/// The rows of a Parquet file, read one row group at a time.
///
/// Format: https://parquet.apache.org/docs/file-format/
struct ParquetFile {
  private let path: String
  private let file: FileHandle
  private let byteCount: Int
  private let metadata: ParquetMetadata
  private let schema: ParquetSchema
  private static let magic = Array("PAR1".utf8)

  /// - Returns: the first `limit` rows.
  static func documents(_ path: String, limit: Int) throws(ReadingError) -> [Document] {
    do throws(ForeignFileFault) {
      guard try ForeignFile(path: path).byteCount != nil else {
        throw ForeignFileFault("it is read from its end, so it must be an ordinary file")
      }
    } catch {
      throw .unreadable(path: path, problem: error.problem)
    }
    do {
      return try ParquetFile(path).documents(limit: limit)
    } catch let fault as ParquetFault {
      throw .unreadable(path: path, problem: fault.problem)
    } catch let error as ReadingError {
      throw error
    } catch {
      throw .unreadable(path: path, problem: FileTree.problem(reading: path, error))
    }
  }

  private init(_ path: String) throws {
    self.path = path
    file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    byteCount = Int(clamping: try file.seekToEnd())
    let footer = try Self.footer(file, byteCount: byteCount)
    do throws(ParquetFault) {
      metadata = try ParquetMetadata(footer[...])
    } catch {
      throw error.inside("footer")
    }
    if metadata.isEncrypted { throw Self.encrypted }
    schema = try ParquetSchema(metadata.schema, arrow: metadata.arrowSchema)
  }

  private static let encrypted = ParquetFault(
    unsupported: "it is encrypted", remedy: "write it again without encryption")

  /// The metadata at the end of the file, in front of their length and the magic number.
  private static func footer(_ file: FileHandle, byteCount: Int) throws -> [UInt8] {
    guard byteCount >= 12 else { throw ParquetFault("\(byteCount) bytes are no Parquet file") }
    let tail = try bytes(file, byteCount - 8..<byteCount)
    if tail.suffix(4).elementsEqual("PARE".utf8) { throw encrypted }
    guard tail.suffix(4).elementsEqual(magic) else {
      throw ParquetFault("it does not end as Parquet files do, with PAR1")
    }
    var cursor = ByteCursor(tail[...])
    let length = Int(try cursor.number(UInt32.self))
    guard length <= byteCount - 12 else {
      throw ParquetFault("footer: \(length) bytes are announced in a file of \(byteCount)")
    }
    return try bytes(file, byteCount - 8 - length..<byteCount - 8)
  }

  private static func bytes(_ file: FileHandle, _ range: Range<Int>) throws -> [UInt8] {
    try file.seek(toOffset: UInt64(range.lowerBound))
    let bytes = [UInt8](try file.read(upToCount: range.count) ?? Data())
    guard bytes.count == range.count else { throw ParquetFault("it became shorter while read") }
    return bytes
  }

  private func documents(limit: Int) throws -> [Document] {
    var budget = ParquetBudget(fileByteCount: byteCount)
    var memory = ReadingBudget(path: path)
    var documents: [Document] = []
    for (index, group) in metadata.rowGroups.enumerated() where documents.count < limit {
      do {
        documents += try rows(group, limit: limit - documents.count, &budget, &memory)
      } catch let fault as ParquetFault {
        throw fault.inside("row group \(index)")
      }
    }
    return documents
  }

  private func rows(
    _ group: ParquetMetadata.RowGroup, limit: Int, _ budget: inout ParquetBudget,
    _ memory: inout ReadingBudget
  ) throws -> [Document] {
    guard group.columns.count == schema.columns.count, group.rowCount >= 0 else {
      throw ParquetFault(
        "\(group.columns.count) columns where the schema has \(schema.columns.count)")
    }
    let rowCount = min(limit, group.rowCount)
    var columns: [ParquetEntries] = []
    for (chunk, column) in zip(group.columns, schema.columns) {
      do {
        columns.append(try entries(chunk, column, rowLimit: rowCount, &budget))
      } catch let fault as ParquetFault {
        throw fault.inside("column \(column.path.shown())")
      }
    }
    var assembler = ParquetAssembler(schema, columns)
    var documents: [Document] = []
    for _ in 0..<rowCount {
      try memory.spend(row: 32 * columns.count)
      documents.append(try assembler.document())
    }
    guard rowCount < group.rowCount || assembler.isFinished else {
      throw ParquetFault("columns hold more than the announced \(group.rowCount) rows")
    }
    return documents
  }

  private func entries(
    _ chunk: ParquetMetadata.ColumnChunk, _ column: ParquetColumn, rowLimit: Int,
    _ budget: inout ParquetBudget
  ) throws -> ParquetEntries {
    if chunk.isEncrypted { throw Self.encrypted }
    guard chunk.filePath.isEmpty else {
      throw ParquetFault(unsupported: "its values are in another file, '\(chunk.filePath.shown())'")
    }
    guard chunk.type == column.storage.rawValue else {
      throw ParquetFault("its values are not of the schema's type \(column.storage)")
    }
    // An empty column has no place.
    if chunk.valueCount == 0 { return ParquetEntries() }
    // A dictionary comes first; some writers say 0 when there is none.
    var start = chunk.dataPageOffset
    if let offset = chunk.dictionaryPageOffset, offset > 0 { start = min(start, offset) }
    let limit = byteCount - 8
    guard (4..<limit).contains(start), chunk.compressedByteCount >= 0, chunk.valueCount >= 0 else {
      throw ParquetFault("its values are announced at byte \(start), outside the file")
    }
    // Old writers left the dictionary's header out of the size.
    let end = start + min(limit - start, min(limit, chunk.compressedByteCount) + 100)
    return try ParquetColumnReader.read(
      Self.bytes(file, start..<end)[...], chunk, column, rowLimit: rowLimit, &budget)
  }
}
