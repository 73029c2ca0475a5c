import Foundation

/// Ends this process when its standard input ends.
///
/// A job has a pipe from the process that started it, which writes nothing: the pipe ends with that process, however
/// it ends. Work that is kept is on disk line by line, so that nothing needs saying goodbye to.
enum ParentWatch {
  static func begin() {
    // A parent that is gone by now may have an heir at work already, whom nothing may disturb.
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    if poll(&input, 1, 0) > 0, input.revents & Int16(POLLHUP) != 0 { end() }
    let watch = Thread {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count == 0 || count < 0 && errno != EINTR { end() }
      }
    }
    watch.stackSize = 1 << 16
    watch.start()
  }

  private static func end() -> Never { _exit(ExitStatus.runFailed.rawValue) }
}
