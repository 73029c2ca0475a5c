import Formats
import Tensors

/// Reads JSON files, with errors that say file, line and column.
enum JSONFile {
  /// The object in the file at `path`.
  ///
  /// - Throws: `FileError` or `ModelError.invalidJSON`.
  static func object(path: String) throws -> Mapping {
    let file = try MappedFile(path: path)
    return try file.reading { bytes in
      do throws(JSONFault) {
        guard let object = try JSON.parse(bytes, .strict).mapping else {
          throw JSONFault(offset: 0, problem: "the document is not an object")
        }
        return object
      } catch {
        let (line, column) = error.place(in: bytes)
        throw ModelError.invalidJSON(
          path: path, line: line, column: column, reason: error.description)
      }
    }
  }
}
