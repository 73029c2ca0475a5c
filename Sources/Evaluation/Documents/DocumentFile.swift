import Foundation

/// Reads the documents of one file: JSON Lines, JSON, CSV, TSV or Parquet, told apart by the
/// extension. The texts among them may be compressed (`.gz`, `.zst`).
package enum DocumentFile {
  /// Extensions in the order in which they are looked for.
  package static let extensions = ["jsonl", "json", "csv", "tsv", "parquet"]

  private static let compressions: [String: Decompression] = ["gz": .gzip, "zst": .zstd]

  /// The extension that says how the rows are written; nil for a file without documents.
  static func type(of path: String) -> String? {
    var url = URL(fileURLWithPath: path)
    if compressions[url.pathExtension.lowercased()] != nil { url.deletePathExtension() }
    let type = url.pathExtension.lowercased()
    return extensions.contains(type) ? type : nil
  }

  /// Whether the rows are written in JSON.
  static func isJSON(_ path: String, _ format: DocumentFormat) -> Bool {
    if let loader = format.loader { return loader == "json" }
    return ["json", "jsonl"].contains(type(of: path))
  }

  /// Files that describe a data set, beside its own.
  private static let descriptions = [
    "config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json",
  ]

  /// Whether a path that was found, not asked for, is a file of documents.
  static func holdsDocuments(_ path: String) -> Bool {
    let names = path.split(separator: "/").map(String.init)
    return type(of: path) != nil && !descriptions.contains(names.last ?? "")
      && !names.contains { FilePattern.isHidden($0) }
  }

  /// - Returns: the first `limit` rows, in the order of the file.
  /// - Throws: `TaskError` with file, line and column.
  package static func read(
    _ path: String, limit: Int = .max, format: DocumentFormat = DocumentFormat()
  ) throws(TaskError) -> [Document] {
    let type = type(of: path)
    if format.loader == "parquet" || type == "parquet" {
      return try ParquetFile.documents(path, limit: limit)
    }
    let bytes = try contents(of: path)
    let isDelimited = format.loader.map { $0 == "csv" } ?? ["csv", "tsv"].contains(type)
    if isDelimited {
      let rows = try DelimitedText.documents(bytes, path, isTabbed: type == "tsv", format)
      return Array(rows.prefix(limit))
    }
    let first = bytes.first { !JSONParser.isSpace($0) }
    if format.field != nil || type != "jsonl" && first == UInt8(ascii: "[") {
      return Array(try readJSON(bytes, path, field: format.field).prefix(limit))
    }
    return try readLines(bytes, path, limit: limit)
  }

  private static func contents(of path: String) throws(TaskError) -> ArraySlice<UInt8> {
    var bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw .unreadable(path: path, problem: FileTree.problem(reading: path, error))
    }
    if let compression = compressions[URL(fileURLWithPath: path).pathExtension.lowercased()] {
      let limit = ParquetBudget.unpackedByteLimit(packed: bytes.count)
      do throws(Decompression.Fault) {
        bytes = try compression.unpackGrowing(bytes[...], limit: limit)
      } catch {
        let problem =
          switch error {
          case .malformed: "it is not whole \(compression) data; fetch it again"
          case .tooLarge: "it unpacks to more than \(limit) bytes; unpack it by hand"
          }
        throw .unreadable(path: path, problem: problem)
      }
    }
    // A byte order mark is not part of the first line.
    return bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...]
  }

  private static func readLines(
    _ bytes: ArraySlice<UInt8>, _ path: String, limit: Int
  ) throws(TaskError) -> [Document] {
    var documents: [Document] = []
    var (rest, lineNumber) = (bytes, 0)
    while !rest.isEmpty, documents.count < limit {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest[line.endIndex...].dropFirst()
      lineNumber += 1
      if line.allSatisfy(JSONParser.isSpace) { continue }
      do {
        documents.append(try document(JSONParser.parse(line), at: line.startIndex))
      } catch {
        throw .malformed(
          path: path, line: lineNumber, column: column(of: error.offset, in: line),
          problem: error.problem)
      }
    }
    return documents
  }

  /// An array of objects, or the one under a key of an object.
  private static func readJSON(
    _ bytes: ArraySlice<UInt8>, _ path: String, field: String?
  ) throws(TaskError) -> [Document] {
    do throws(JSONFault) {
      var value = try JSONParser.parse(bytes)
      if let field {
        guard let inner = value.mappingValue?[field] else {
          throw JSONFault(
            offset: bytes.startIndex, problem: "there is no key '\(field)', which 'field' names")
        }
        value = inner
      }
      guard case .list(let rows) = value else {
        throw JSONFault(
          offset: bytes.startIndex, problem: "expected an array of objects, found \(value.typeName)"
        )
      }
      var documents: [Document] = []
      for row in rows { documents.append(try document(row, at: bytes.startIndex)) }
      return documents
    } catch {
      let before = bytes[..<min(error.offset, bytes.endIndex)]
      let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.startIndex
      throw .malformed(
        path: path, line: 1 + before.count { $0 == UInt8(ascii: "\n") },
        column: column(of: error.offset, in: bytes[lineStart...]), problem: error.problem)
    }
  }

  private static func document(
    _ value: TemplateValue, at offset: Int
  ) throws(JSONFault) -> Document {
    guard case .mapping(let fields) = value else {
      throw JSONFault(
        offset: offset, problem: "expected an object in braces, found a \(value.typeName)")
    }
    return Document(fields)
  }

  /// Column in characters, from 1: bytes that continue a character do not count.
  private static func column(of offset: Int, in line: ArraySlice<UInt8>) -> Int {
    1 + line[..<min(offset, line.endIndex)].count { $0 & 0xc0 != 0x80 }
  }
}
