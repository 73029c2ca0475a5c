import Tensors

/// Reads JSON files, with errors that say file, line and column.
enum JSONFile {
  /// The object in the file at `path`.
  ///
  /// - Throws: `FileError` or `ModelError.invalidJSON`.
  static func object(path: String) throws -> JSONObject {
    let file = try MappedFile(path: path)
    return try file.reading { bytes in
      do throws(JSONError) {
        guard let object = try JSONParser.parse(bytes).object else {
          throw .unexpected("the document is not an object", offset: 0)
        }
        return object
      } catch {
        let before = bytes.prefix(error.offset)
        let lastLine =
          before.lastIndex(of: UInt8(ascii: "\n")).map { before[($0 + 1)...] } ?? before
        throw ModelError.invalidJSON(
          path: path, line: before.count { $0 == UInt8(ascii: "\n") } + 1,
          column: lastLine.count + 1, reason: error.description)
      }
    }
  }
}
