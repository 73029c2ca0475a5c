import Foundation

/// A new file that appears under its name only when complete.
///
/// Bytes are written to a temporary file beside the target; `commit` flushes them to disk and renames the file. If this
/// object is released before that, or a write fails, the temporary file is removed and the target is untouched.
/// Leftovers of a killed writer of the same file are removed when the next one begins.
package final class AtomicFile {
  /// Path of the finished file.
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
      // Another process may have removed the file as a leftover before it was locked.
      if Leftovers.take(descriptor, path: temporaryPath) != .lost {
        self.init(path: path, temporaryPath: temporaryPath, descriptor: descriptor)
        return
      }
      close(descriptor)
    }
  }

  /// Takes ownership of an open `descriptor` of the file `temporaryPath`.
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
      // The kernel writes at most 2 GiB at once.
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
    // Closing the descriptor releases the lock: keep it until the file has its name, so that it is not a leftover.
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
