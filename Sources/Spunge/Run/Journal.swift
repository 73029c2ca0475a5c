package import Formats
import Foundation
package import Tensors

/// What is wrong with a journal's content.
package enum JournalError: ExitingError, CustomStringConvertible {
  case damaged(path: String, line: Int, problem: String)
  case notEncodable(path: String, problem: String)

  package var blame: Blame {
    if case .damaged = self { .input } else { .run }
  }

  package var description: String {
    switch self {
    case .damaged(let path, let line, let problem):
      "\(path):\(line): not a record of this run: \(problem.shown()); remove this line, or the file, and "
        + "run again: what it held is done again"
    case .notEncodable(let path, let problem):
      "\(path): a record cannot be written: \(problem.shown())"
    }
  }
}

/// An append-only file of JSON lines that survives the death of its writer.
///
/// A record is one line and one `write`, so that a kill loses nothing that was appended; `fsync` at most
/// once a second bounds what a power cut can take. A torn last line is cut off when the file is opened.
package final class Journal<Record: Codable> {
  package let path: String
  /// The records that were in the file when it was opened.
  package let records: [Record]
  private var descriptor: Int32
  private var length: Int
  private var lastFlush = ContinuousClock.now
  private let encoder = JSONEncoder()

  /// Opens or creates the journal at `path`.
  package convenience init(path: String) throws {
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw FileError.system(path: path, action: "open", code: errno)
    }
    do {
      let content = try Data(contentsOf: URL(filePath: path))
      let whole = content.prefix((content.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1)
      let records = try Self.records(in: whole, path: path)
      if whole.count < content.count, ftruncate(descriptor, off_t(whole.count)) != 0 {
        throw FileError.system(path: path, action: "cut the torn last line of", code: errno)
      }
      self.init(path: path, records: records, descriptor: descriptor, length: whole.count)
    } catch {
      Foundation.close(descriptor)
      throw error
    }
  }

  /// Takes over an open `descriptor` that holds `records` in `length` bytes.
  package init(path: String, records: [Record], descriptor: Int32, length: Int) {
    self.path = path
    self.records = records
    self.descriptor = descriptor
    self.length = length
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  deinit { if descriptor >= 0 { Foundation.close(descriptor) } }

  /// The whole lines of a journal that another process may be writing; none if there is no such file.
  package static func read(_ path: String) throws -> [Record] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let content = try Data(contentsOf: URL(filePath: path))
    let whole = content.prefix((content.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1)
    return try records(in: whole, path: path)
  }

  private static func records(in content: Data, path: String) throws -> [Record] {
    let decoder = JSONDecoder()
    let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return try lines.dropLast().enumerated().map { index, line in
      do {
        return try decoder.decode(Record.self, from: line)
      } catch {
        throw JournalError.damaged(path: path, line: index + 1, problem: explain(error))
      }
    }
  }

  private static func explain(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "it has no '\(key.stringValue)'"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has another type"
    default: "it is not a JSON object"
    }
  }

  /// Puts `record` at the end of the file.
  ///
  /// - Throws: `JournalError`, or `FileError` when the disk is full; the file then ends with the record
  ///   before.
  package func append(_ record: Record) throws {
    precondition(descriptor >= 0, "append after close: \(path)")
    var line: Data
    do {
      line = try encoder.encode(record)
    } catch {
      throw JournalError.notEncodable(path: path, problem: String(describing: error))
    }
    line.append(UInt8(ascii: "\n"))
    try line.withUnsafeBytes(write)
    length += line.count
    if ContinuousClock.now - lastFlush >= .seconds(1) { try flush() }
  }

  private func write(_ line: UnsafeRawBufferPointer) throws(FileError) {
    var rest = line[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let written = Foundation.write(descriptor, piece.baseAddress, piece.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw failure("write", errno)
      }
      rest = rest.dropFirst(written)
    }
  }

  /// Takes half a line back, then says why it could not be written.
  private func failure(_ action: String, _ code: Int32) -> FileError {
    ftruncate(descriptor, off_t(length))
    return code == ENOSPC || code == EDQUOT
      ? .diskFull(path: path) : .system(path: path, action: action, code: code)
  }

  /// Waits until everything appended is on the disk.
  package func flush() throws(FileError) {
    guard fsync(descriptor) == 0 else { throw failure("flush", errno) }
    lastFlush = .now
  }

  /// Flushes and closes; nothing can be appended after.
  package func close() throws(FileError) {
    guard descriptor >= 0 else { return }
    try flush()
    let closed = Foundation.close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw .system(path: path, action: "close", code: errno) }
  }
}
