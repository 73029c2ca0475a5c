import Foundation

/// A file that holds one JSON value.
package enum JSONDocument {
  /// - Throws: `TaskError` with file, line and column.
  package static func read(_ path: String) throws(TaskError) -> TemplateValue {
    let bytes: [UInt8]
    do { bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
      throw .unreadable(path: path, problem: FileTree.problem(reading: path, error))
    }
    do { return try JSONParser.parse(bytes[...]) } catch {
      let before = bytes[..<min(error.offset, bytes.count)]
      let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
      throw .malformed(
        path: path, line: 1 + before.count { $0 == UInt8(ascii: "\n") },
        column: 1 + before[start...].count { $0 & 0xc0 != 0x80 }, problem: error.problem)
    }
  }
}
