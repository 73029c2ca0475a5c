import Foundation
import Tensors

/// Ends this process when its standard input ends.
///
/// A job's standard input is a pipe from its parent, which never writes to it: the pipe closes when the parent ends,
/// for whatever reason. Results are written to disk line by line, so nothing needs to be flushed.
enum ParentWatch {
  /// - Throws: `FileError` if the watching thread cannot be started: without it, a job could outlive its parent.
  static func begin() throws {
    // If the parent has ended already, its successor may be running and must not be disturbed.
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    if poll(&input, 1, 0) > 0, input.revents & Int16(POLLHUP) != 0 { end() }
    // pthread reports failures, for example a stack too small for the libraries' thread-local storage;
    // Foundation's Thread does not.
    var thread = pthread_t()
    let code = pthread_create(&thread, nil, { _ in ParentWatch.waitForEnd() }, nil)
    guard code == 0 else {
      throw FileError.system(path: "standard input", action: "watch", code: code)
    }
    pthread_detach(thread)
  }

  private static func waitForEnd() -> Never {
    var byte: UInt8 = 0
    while true {
      let count = read(STDIN_FILENO, &byte, 1)
      if count == 0 || count < 0 && errno != EINTR { end() }
    }
  }

  private static func end() -> Never { _exit(ExitStatus.runFailed.rawValue) }
}
