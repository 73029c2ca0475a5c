import Foundation
import Tensors

/// Ends this process when its standard input ends.
///
/// A job has a pipe from the process that started it, which writes nothing: the pipe ends with that process, however
/// it ends. Work that is kept is on disk line by line, so that nothing needs saying goodbye to.
enum ParentWatch {
  /// - Throws: `FileError` where the thread that watches cannot be started: a job without it would outlive its parent.
  static func begin() throws {
    // A parent that is gone by now may have an heir at work already, whom nothing may disturb.
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    if poll(&input, 1, 0) > 0, input.revents & Int16(POLLHUP) != 0 { end() }
    // Of pthread, which says when it fails: Foundation's Thread says nothing, for example of a stack below the
    // libraries' thread-local storage.
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
