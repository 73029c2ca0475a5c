import Foundation

/// A file that holds one JSON value.
package enum JSONDocument {
  private static let byteLimit = 1 << 30

  /// - Throws: `ReadingError` with file, line and column.
  package static func read(_ path: String) throws(ReadingError) -> Value {
    let bytes: [UInt8]
    do throws(ForeignFileFault) {
      bytes = try ForeignBytes.whole(path: path, limit: byteLimit)
    } catch {
      throw .unreadable(path: path, problem: error.problem)
    }
    do throws(JSONFault) { return try PythonJSON.parse(bytes[...]) } catch {
      let (line, column) = bytes.withUnsafeBytes { error.place(in: $0) }
      throw .malformed(path: path, line: line, column: column, problem: error.problem)
    }
  }
}
