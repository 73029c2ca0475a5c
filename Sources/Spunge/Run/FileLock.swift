import Formats
import Foundation
import Tensors

/// A folder or file that another run is using.
package struct LockError: InputFailure, CustomStringConvertible {
  package let place: String
  /// `folder` or `file`.
  package let kind: String
  /// The process that holds the lock, if known.
  package let process: Int32?

  package var description: String {
    let holder = process.map { "process \($0)" } ?? "another process"
    return "\(place.shown()): \(holder) is working \(kind == "file" ? "on" : "in") this \(kind); "
      + "wait for it to end, stop it, or choose another \(kind)"
  }
}

/// Exclusive use of a folder or file until this object is released or the process ends for any reason.
package final class FileLock {
  private let path: String
  private let descriptor: Int32

  /// Locks `folder`, which must exist.
  ///
  /// - Throws: `LockError` if another run holds the lock, `FileError` if the folder cannot be locked.
  package convenience init(folder: String) throws {
    try self.init("\(folder)/.lock", of: folder, kind: "folder")
  }

  /// Like `init(folder:)`, but waits up to `patience` for another holder to end.
  package static func of(folder: String, patience: Duration) throws -> FileLock {
    let deadline = ContinuousClock.now + patience
    while true {
      do {
        return try FileLock(folder: folder)
      } catch let error as LockError {
        guard ContinuousClock.now < deadline else { throw error }
        Thread.sleep(forTimeInterval: 0.02)
      }
    }
  }

  /// Locks the file at `path`, which need not exist, with a lock file beside it.
  ///
  /// - Throws: as `init(folder:)`.
  package convenience init(file path: String) throws {
    try self.init("\(path).lock", of: path, kind: "file")
  }

  private init(_ path: String, of place: String, kind: String) throws {
    self.path = path
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else {
        throw FileError.system(path: path, action: "create", code: errno)
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let code = errno
        let process = Self.process(in: descriptor)
        close(descriptor)
        if code == EWOULDBLOCK { throw LockError(place: place, kind: kind, process: process) }
        throw FileError.system(path: path, action: "lock", code: code)
      }
      // The last holder may have removed the lock file between our open and our lock.
      var opened = stat()
      var named = stat()
      if fstat(descriptor, &opened) == 0, stat(path, &named) == 0, opened.st_ino == named.st_ino {
        self.descriptor = descriptor
        break
      }
      close(descriptor)
    }
    let text = Array("\(getpid())\n".utf8)
    ftruncate(descriptor, 0)
    _ = text.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  }

  deinit {
    unlink(path)
    close(descriptor)
  }

  private static func process(in descriptor: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    return Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}
