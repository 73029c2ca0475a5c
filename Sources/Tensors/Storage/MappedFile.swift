import CKernels
import Foundation

/// A regular file mapped read-only into memory.
///
/// `@unchecked Sendable` holds because every stored property is a constant, the mapping is never written,
/// and it is unmapped only when the last reference is gone.
package final class MappedFile: @unchecked Sendable {
  /// The path as given.
  package let path: String
  /// The file's bytes; empty for an empty file. Valid only while this object lives.
  package let bytes: UnsafeRawBufferPointer
  private let descriptor: Int32
  /// When the file was last written to, in nanoseconds.
  private let written: Int
  /// Tells when pages were gone.
  private let guardian: Int32

  /// Maps the whole file at `path`.
  ///
  /// - Throws: `FileError` when it cannot be opened or is not a regular file.
  package init(path: String) throws(FileError) {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path: path, action: "open", code: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw .system(path: path, action: "inspect", code: code)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notARegularFile(path: path)
    }
    let count = Int(status.st_size)
    if count == 0 {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    } else {
      let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
      guard let address, address != MAP_FAILED else {
        let code = errno
        close(descriptor)
        throw .system(path: path, action: "map", code: code)
      }
      bytes = UnsafeRawBufferPointer(start: address, count: count)
    }
    guardian = bytes.baseAddress.map { sk_guardMapping($0, Int64(count)) } ?? -1
    self.path = path
    self.descriptor = descriptor
    written = Self.written(status)
  }

  private static func written(_ status: stat) -> Int {
    status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec
  }

  deinit {
    if let base = bytes.baseAddress {
      sk_releaseGuard(guardian)
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
    close(descriptor)
  }

  /// Passes the bytes to `body` and throws if the file has changed since it was mapped.
  ///
  /// Pages beyond the end of a truncated file read as zeros: the result or error of `body` is then discarded.
  /// - Throws: `FileError.changed`, or what `body` throws.
  package func reading<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    try requireUnchanged()
    let result = Swift.Result { try body(bytes) }
    try requireUnchanged()
    return try result.get()
  }

  /// Throws if the file was written to or truncated since it was mapped.
  private func requireUnchanged() throws(FileError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, Int(status.st_size) == bytes.count,
      Self.written(status) == written, sk_isMappingLost(guardian) == 0
    else {
      throw .changed(path: path, from: bytes.count, to: Int(status.st_size))
    }
  }

  /// Tells the system that the pages of `range` are not needed soon.
  ///
  /// They stay in the file cache but stop counting as this process's memory, so that streaming a large
  /// model through `read` keeps the resident size flat. The system maps more pages than the one that is
  /// touched, so the range is widened to what it maps at a time; whoever still reads there gets the pages
  /// back. Small ranges are left alone.
  package func release(_ range: Range<Int>) {
    guard range.count >= 1 << 17, let base = bytes.baseAddress else { return }
    let around = 1 << 16
    let first = range.lowerBound / around * around
    let last = min((range.upperBound + around - 1) / around * around, bytes.count)
    madvise(UnsafeMutableRawPointer(mutating: base + first), last - first, MADV_DONTNEED)
  }
}
