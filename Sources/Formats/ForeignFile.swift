import Foundation
import Glibc

/// Why a file cannot be read, in words that follow its name: "there is no such file".
package struct ForeignFileFault: InputFailure, Hashable {
  package let problem: String

  package init(_ problem: String) { self.problem = problem }
}

/// A file somebody gave, read a stretch at a time: it may be a pipe, a device, a folder or endless.
package final class ForeignFile {
  private let descriptor: Int32
  private let isPipe: Bool
  private var hasRead = false
  /// Size of a regular file; nil for everything else.
  package let byteCount: Int?
  /// How long a named pipe may have no writer, in milliseconds.
  private static let patience = 3000

  package init(path: String) throws(ForeignFileFault) {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.fault(errno) }
    self.descriptor = descriptor
    var status = stat()
    let code = fstat(descriptor, &status) == 0 ? 0 : errno
    isPipe = status.st_mode & S_IFMT == S_IFIFO
    byteCount = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    if code != 0 { throw Self.fault(code) }
    if status.st_mode & S_IFMT == S_IFDIR { throw Self.fault(EISDIR) }
  }

  /// Standard input.
  package init() {
    descriptor = dup(STDIN_FILENO)
    isPipe = false
    byteCount = nil
  }

  deinit { close(descriptor) }

  private static func fault(_ code: Int32) -> ForeignFileFault {
    switch code {
    case ENOENT: ForeignFileFault("there is no such file")
    case EISDIR: ForeignFileFault("it is a folder; give a file")
    default: ForeignFileFault(String(cString: strerror(code)))
    }
  }

  /// Reads what is there, at most as much as `buffer` holds.
  ///
  /// - Returns: the number of bytes; 0 at the end.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(ForeignFileFault) -> Int {
    var waited = 0
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count > 0 {
        hasRead = true
        return count
      }
      if count == 0 {
        // Nobody has opened the other end yet.
        guard isPipe, !hasRead else { return 0 }
        guard waited < Self.patience else {
          throw ForeignFileFault("it is a pipe that nobody writes to")
        }
        usleep(20_000)
        waited += 20
      } else if errno == EAGAIN {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&request, 1, -1)
      } else if errno != EINTR {
        throw Self.fault(errno)
      }
    }
  }
}
