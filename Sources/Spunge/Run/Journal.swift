import Formats
import Foundation
package import Tensors

/// A record that cannot be written.
package enum JournalError: RunFailure, CustomStringConvertible {
  case notEncodable(path: String, problem: String)

  package var description: String {
    switch self {
    case .notEncodable(let path, let problem):
      "\(path.shown()): a record cannot be written: \(problem.shown())"
    }
  }
}

/// An append-only file of JSON lines that survives a kill of its writer.
///
/// A record is one line, written by one `write`, so that a kill loses no appended record; an `fsync` at most once a
/// second bounds what a power cut can lose. Every line ends with a checksum. When the file is opened, an incomplete
/// last line is removed and lines that do not match their checksums are dropped. A file of an earlier version, without
/// checksums, is accepted or rejected as a whole and then rewritten with checksums.
///
/// No other process may write to the file at the same time.
package final class Journal<Record: Codable> {
  package let path: String
  /// The records that were in the file when it was opened.
  package let records: [Record]
  /// A note about records dropped at opening; nil for none.
  package let note: String?
  private var descriptor: Int32
  private var length: Int
  private var lastFlush = ContinuousClock.now

  /// Opens or creates the journal at `path`.
  ///
  /// - Parameter fault: returns why a record is impossible even if its checksum is right.
  package convenience init(
    path: String, fault: (Record) -> String? = { _ in nil }
  ) throws {
    Leftovers.remove(of: path)
    let whole = try Self.wholeLines(path)
    let content = JournalContent(whole, fault: fault)
    if content.needsWriting { try Self.write(content.records, to: path) }
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw FileError.system(path: path, action: "open", code: errno)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      Foundation.close(descriptor)
      throw FileError.system(path: path, action: "inspect", code: code)
    }
    let length = content.needsWriting ? Int(status.st_size) : whole.count
    if length < Int(status.st_size), ftruncate(descriptor, off_t(length)) != 0 {
      let code = errno
      Foundation.close(descriptor)
      throw FileError.system(path: path, action: "remove the incomplete last line of", code: code)
    }
    self.init(
      path: path, records: content.records, descriptor: descriptor, length: length,
      note: content.note(path))
  }

  /// Takes ownership of an open `descriptor` with `records` in `length` bytes.
  package init(
    path: String, records: [Record], descriptor: Int32, length: Int, note: String? = nil
  ) {
    self.path = path
    self.records = records
    self.descriptor = descriptor
    self.length = length
    self.note = note
  }

  deinit { if descriptor >= 0 { Foundation.close(descriptor) } }

  /// The content of a journal that another process may be writing.
  static func content(
    _ path: String, fault: (Record) -> String? = { _ in nil }
  ) throws -> JournalContent<Record> {
    JournalContent(try wholeLines(path), fault: fault)
  }

  /// The file up to its last line ending; empty if there is no such file.
  private static func wholeLines(_ path: String) throws -> Data {
    guard FileManager.default.fileExists(atPath: path) else { return Data() }
    let content = try Data(contentsOf: URL(filePath: path))
    return content.prefix((content.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1)
  }

  /// Replaces the journal at `path`, which must not be open, with `records`.
  static func write(_ records: [Record], to path: String) throws {
    let file = try AtomicFile(path: path)
    for record in records {
      let line = try JournalContent.line(record)
      try line.withUnsafeBytes(file.write)
    }
    try file.commit()
  }

  /// Appends `record` to the file.
  ///
  /// - Throws: `JournalError`, or `FileError`, for example if the disk is full; the file then ends with the previous
  ///   record.
  package func append(_ record: Record) throws {
    precondition(descriptor >= 0, "append after close: \(path)")
    let line: Data
    do {
      line = try JournalContent.line(record)
    } catch {
      throw JournalError.notEncodable(path: path, problem: String(describing: error))
    }
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

  /// Removes a partly written line and returns the error.
  private func failure(_ action: String, _ code: Int32) -> FileError {
    ftruncate(descriptor, off_t(length))
    return code == ENOSPC || code == EDQUOT
      ? .diskFull(path: path) : .system(path: path, action: action, code: code)
  }

  /// Waits until all appended records are on disk.
  package func flush() throws(FileError) {
    guard fsync(descriptor) == 0 else { throw failure("flush", errno) }
    lastFlush = .now
  }

  /// Flushes and closes the file; nothing can be appended afterwards.
  package func close() throws(FileError) {
    guard descriptor >= 0 else { return }
    try flush()
    let closed = Foundation.close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw .system(path: path, action: "close", code: errno) }
  }
}
