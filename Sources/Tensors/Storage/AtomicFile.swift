import Foundation

/// A new file that appears under its name only when complete.
///
/// Bytes go to a temporary name beside the target; `commit` flushes them to disk and renames. If this object
/// goes away before that, or a write fails, the temporary file is removed and the target is untouched. What a
/// killed writer of the same file left is removed when the next one begins.
package final class AtomicFile {
  /// Where the finished file will be.
  package let path: String
  private let temporaryPath: String
  private var descriptor: Int32

  /// Creates the temporary file beside `path`, which must not be a folder or a device.
  package convenience init(path: String) throws(FileError) {
    try OutputPlace.refuseOtherThanFile(path)
    Leftovers.remove(of: path)
    while true {
      let temporaryPath = Leftovers.name(for: path)
      let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw .system(path: path, action: "create", code: errno) }
      // Another process may have taken the file for a leftover before it was locked.
      if Leftovers.take(descriptor, path: temporaryPath) != .lost {
        self.init(path: path, temporaryPath: temporaryPath, descriptor: descriptor)
        return
      }
      close(descriptor)
    }
  }

  /// Takes over an open `descriptor` whose file is `temporaryPath`.
  package init(path: String, temporaryPath: String, descriptor: Int32) {
    self.path = path
    self.temporaryPath = temporaryPath
    self.descriptor = descriptor
  }

  deinit { discard() }

  /// Appends `bytes`.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    precondition(descriptor >= 0, "write after commit or failure: \(path)")
    var rest = bytes[...]
    while !rest.isEmpty {
      // The kernel takes at most 2 GiB at once.
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      let written = Foundation.write(descriptor, piece.baseAddress, piece.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw failed("write", errno)
      }
      rest = rest.dropFirst(written)
    }
  }

  /// Appends `text` as UTF-8.
  package func write(_ text: String) throws(FileError) {
    let bytes = Array(text.utf8)
    do {
      try bytes.withUnsafeBytes { try write($0) }
    } catch let error as FileError {
      throw error
    } catch {
      preconditionFailure("write throws FileError only")
    }
  }

  /// Flushes to disk and gives the file its name, replacing a file of that name.
  package func commit() throws(FileError) {
    precondition(descriptor >= 0, "second commit: \(path)")
    guard fsync(descriptor) == 0 else { throw failed("flush", errno) }
    // The lock goes with the descriptor: until the file has its name, nobody may take it for a leftover.
    guard rename(temporaryPath, path) == 0 else { throw failed("finish", errno) }
    close(descriptor)
    descriptor = -1
  }

  private func failed(_ action: String, _ code: Int32) -> FileError {
    discard()
    return code == ENOSPC || code == EDQUOT
      ? .diskFull(path: path) : .system(path: path, action: action, code: code)
  }

  private func discard() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
    unlink(temporaryPath)
  }
}
