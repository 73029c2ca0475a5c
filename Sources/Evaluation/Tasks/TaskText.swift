import Formats
import Foundation

/// Reads the text of task files, which are small.
enum TaskText {
  /// Bytes.
  private static let sizeLimit = 1 << 24

  /// - Throws: `TaskError.unreadable` for devices, pipes and files over 16 MiB too.
  static func read(_ path: String) throws(TaskError) -> String {
    var status = stat()
    if stat(path, &status) == 0 {
      let kind = status.st_mode & S_IFMT
      if kind != S_IFREG, kind != S_IFDIR {
        throw .unreadable(path: path, problem: "it is no regular file")
      }
      if status.st_size > sizeLimit, kind == S_IFREG {
        throw .unreadable(
          path: path,
          problem: "it has \(status.st_size) bytes; a task file has at most \(sizeLimit)")
      }
    }
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw .unreadable(path: path, problem: FileTree.problem(reading: path, error))
    }
    if let offset = UTF8Check.firstFault(bytes) {
      throw .unreadable(path: path, problem: "it is not UTF-8: see the byte at offset \(offset)")
    }
    // A byte order mark is no part of the text.
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return String(decoding: bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes, as: UTF8.self)
  }
}
