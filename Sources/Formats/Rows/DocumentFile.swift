import Foundation

/// Reads the documents of one file: JSON Lines, JSON, CSV, TSV or Parquet, told apart by the
/// extension. The texts among them may be compressed (`.gz`, `.zst`).
package enum DocumentFile {
  /// Extensions in the order in which they are looked for.
  package static let extensions = ["jsonl", "json", "csv", "tsv", "parquet"]

  private static let compressions: [String: Decompression] = ["gz": .gzip, "zst": .zstd]

  /// The most bytes of a row.
  private static let rowLimit = 1 << 29
  /// The most bytes of what is held as a whole: an array of JSON, or a text that was compressed.
  private static let byteLimit = 1 << 30

  /// The extension that says how the rows are written; nil for a file without documents.
  package static func type(of path: String) -> String? {
    var url = URL(fileURLWithPath: path)
    if compressions[url.pathExtension.lowercased()] != nil { url.deletePathExtension() }
    let type = url.pathExtension.lowercased()
    return extensions.contains(type) ? type : nil
  }

  /// Whether the rows are written in JSON.
  package static func isJSON(_ path: String, _ format: DocumentFormat) -> Bool {
    if let loader = format.loader { return loader == "json" }
    return ["json", "jsonl"].contains(type(of: path))
  }

  /// Files that describe a data set, beside its own.
  private static let descriptions = [
    "config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json",
  ]

  /// Whether a path that was found, not asked for, is a file of documents.
  package static func holdsDocuments(_ path: String) -> Bool {
    let names = path.split(separator: "/").map(String.init)
    return type(of: path) != nil && !descriptions.contains(names.last ?? "")
      && !names.contains { FilePattern.isHidden($0) }
  }

  /// - Returns: the first `limit` rows, in the order of the file.
  /// - Throws: `ReadingError` with file, line and column.
  package static func read(
    _ path: String, limit: Int = .max, format: DocumentFormat = DocumentFormat()
  ) throws(ReadingError) -> [Document] {
    let type = type(of: path)
    if format.loader == "parquet" || type == "parquet" {
      return try ParquetFile.documents(path, limit: limit)
    }
    var bytes = try contents(of: path)
    let isDelimited = format.loader.map { $0 == "csv" } ?? ["csv", "tsv"].contains(type)
    if isDelimited {
      let rows = try DelimitedText.documents(bytes, path, isTabbed: type == "tsv", format)
      return limit < rows.count ? Array(rows.prefix(limit)) : rows
    }
    let first = bytes.bytes.first { !PythonJSON.isSpace($0) }
    if format.field != nil || type != "jsonl" && first == UInt8(ascii: "[") {
      do throws(ForeignFileFault) { try bytes.readAll(limit: byteLimit) } catch {
        throw .unreadable(path: path, problem: error.problem)
      }
      let rows = try JSONRows.array(bytes.bytes, path, field: format.field)
      return limit < rows.count ? Array(rows.prefix(limit)) : rows
    }
    return try JSONRows.lines(bytes, path, limit: limit)
  }

  /// The beginning of a text, or all of one that is compressed.
  private static func contents(of path: String) throws(ReadingError) -> ForeignBytes {
    do throws(ForeignFileFault) {
      var bytes = try ForeignBytes(path: path, limit: rowLimit)
      if let compression = compressions[URL(fileURLWithPath: path).pathExtension.lowercased()] {
        try bytes.readAll(limit: byteLimit)
        bytes = ForeignBytes(try unpacked(bytes.bytes, compression))
      } else {
        try bytes.advance(dropping: 0)
      }
      if bytes.bytes.count >= 64, bytes.bytes.prefix(64).allSatisfy({ $0 == 0 }) {
        throw ForeignFileFault("it begins with zeros, not with text; fetch it again")
      }
      try bytes.dropByteOrderMark()
      return bytes
    } catch {
      throw .unreadable(path: path, problem: error.problem)
    }
  }

  private static func unpacked(
    _ bytes: [UInt8], _ compression: Decompression
  ) throws(ForeignFileFault) -> [UInt8] {
    let limit = min(byteLimit, ParquetBudget.unpackedByteLimit(packed: bytes.count))
    do throws(Decompression.Fault) {
      return try compression.unpackGrowing(bytes[...], limit: limit)
    } catch {
      switch error {
      case .malformed: throw ForeignFileFault("it is not whole \(compression) data; fetch it again")
      case .tooLarge:
        throw ForeignFileFault(
          "it unpacks to more than \(limit >> 20) MiB; unpack it by hand, or split it")
      }
    }
  }
}
