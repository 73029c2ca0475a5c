import Glibc

/// Standard output and standard error, written without a crash whatever became of them.
///
/// Nothing else writes to the two: what is printed may hold foreign text, which must steer neither a terminal nor
/// the log of a GitHub workflow.
package enum StandardStreams {
  /// Gives a process that was started without a standard stream a replacement, before a data file takes its number.
  ///
  /// Writing to the replacement of standard output fails; that of standard error swallows everything.
  package static func reserve() {
    for (descriptor, flags) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
    ]
    where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
      // The lowest free number is this one: those below it are in use by now.
      _ = open("/dev/null", flags)
    }
  }

  /// Writes to standard error; a failure is ignored, as there is nowhere left to report it.
  package static func writeError(_ text: String) {
    writeTerminal(text.printable(inWorkflow: isWorkflow))
  }

  /// Writes text that holds control sequences of our own to standard error; what is foreign in it is safe already.
  package static func writeTerminal(_ text: String) {
    _ = write(text, to: STDERR_FILENO)
  }

  /// Writes to standard output.
  ///
  /// - Returns: 0, or the `errno` of the write that failed.
  package static func writeOutput(_ text: String) -> Int32 {
    write(text.printable(inWorkflow: isWorkflow), to: STDOUT_FILENO)
  }

  /// Writes JSON to standard output, which stays the same JSON.
  ///
  /// - Returns: 0, or the `errno` of the write that failed.
  package static func writeOutput(json: String) -> Int32 {
    write(json.printableJSON(inWorkflow: isWorkflow), to: STDOUT_FILENO)
  }

  /// Writes commands to the workflow that runs this program, whose values are escaped already.
  ///
  /// - Returns: 0, or the `errno` of the write that failed.
  package static func writeOutput(workflowCommands: String) -> Int32 {
    write(workflowCommands.terminalSafe, to: STDOUT_FILENO)
  }

  /// Whether a GitHub workflow reads what is printed, and acts on lines that look like its commands.
  package static let isWorkflow = getenv("GITHUB_ACTIONS").map { String(cString: $0) } == "true"

  /// Writes all of `text`; returns 0 or an `errno`, and never raises SIGPIPE for standard error.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      descriptor == STDERR_FILENO
        ? withoutBrokenPipe { write(bytes, to: descriptor) } : write(bytes, to: descriptor)
    }
  }

  private static func write(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) -> Int32 {
    var rest = UnsafeRawBufferPointer(bytes)
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        // Somebody else made the pipe or terminal non-blocking: wait until it takes more.
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&ready, 1, -1)
      default: return errno
      }
    }
    return 0
  }

  /// Runs `body` so that a pipe whose reader is gone makes an error, not a signal that ends the process.
  private static func withoutBrokenPipe(_ body: () -> Int32) -> Int32 {
    var pipe = sigset_t()
    var pending = sigset_t()
    var before = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    sigpending(&pending)
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    let code = body()
    if code == EPIPE, sigismember(&pending, SIGPIPE) == 0 {
      var immediately = timespec()
      while sigtimedwait(&pipe, nil, &immediately) == -1, errno == EINTR {}
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
    return code
  }
}
