import Foundation

/// Reads the documents of one file: JSON Lines, JSON, CSV, TSV or Parquet, told apart by the
/// extension.
package enum DocumentFile {
  /// Extensions in the order in which they are looked for.
  package static let extensions = ["jsonl", "json", "csv", "tsv", "parquet"]

  /// - Returns: the first `limit` rows, in the order of the file.
  /// - Throws: `TaskError` with file, line and column.
  package static func read(
    _ path: String, limit: Int = .max
  ) throws(TaskError) -> [Document] {
    let type = URL(fileURLWithPath: path).pathExtension.lowercased()
    if type == "parquet" { return try ParquetFile.documents(path, limit: limit) }
    let bytes = try contents(of: path)
    let documents =
      switch type {
      case "json": try readJSON(bytes, path)
      case "csv": try DelimitedText.documents(bytes, separator: UInt8(ascii: ","), path)
      case "tsv": try DelimitedText.documents(bytes, separator: UInt8(ascii: "\t"), path)
      default: try readLines(bytes, path, limit: limit)
      }
    return Array(documents.prefix(limit))
  }

  private static func contents(of path: String) throws(TaskError) -> ArraySlice<UInt8> {
    do {
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
      // A byte order mark is not part of the first line.
      return bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...]
    } catch {
      throw .unreadable(path: path, problem: error.localizedDescription)
    }
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
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { continue }
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

  private static func readJSON(
    _ bytes: ArraySlice<UInt8>, _ path: String
  ) throws(TaskError) -> [Document] {
    do throws(JSONFault) {
      guard case .list(let rows) = try JSONParser.parse(bytes) else {
        throw JSONFault(
          offset: bytes.startIndex,
          problem: "expected an array of objects; one object a line belongs in a .jsonl file")
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
