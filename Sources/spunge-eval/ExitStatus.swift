import ArgumentParser
import Formats
import Foundation
import Tensors

/// The process's exit status.
enum ExitStatus: Int32 {
  case success = 0
  /// A score is outside its baseline's tolerance.
  case regressionFound = 1
  /// A file, folder or flag cannot be used; a retry would fail in the same way.
  case badInput = 2
  /// The run itself failed, for example because the disk is full or a loss became NaN.
  case runFailed = 3

  init(_ error: any Error) {
    switch (error as? any ExitingError)?.blame {
    case .input: self = .badInput
    case .run, nil: self = .runFailed
    }
  }
}

extension ParsableCommand {
  /// Parses the command line, runs the command and ends the process with an `ExitStatus`.
  static func runAndExit() -> Never {
    StandardStreams.reserve()
    do {
      var command = try parseAsRoot(
        HarnessSpelling.translated(
          Array(CommandLine.arguments.dropFirst()), note: Notice.print))
      try InstructionSet.check()
      try command.run()
      // Buffered output may still fail to be written, for example on a full disk.
      guard fflush(nil) == 0 else {
        throw FileError.system(path: "standard output", action: "write", code: errno)
      }
      Foundation.exit(ExitStatus.success.rawValue)
    } catch {
      let code = exitCode(for: error)
      // Help, the version, or an exit status that the command chose itself.
      if code == .success || error is ExitCode { exit(withError: error) }
      StandardStreams.writeError(fullMessage(for: error).fittingScreen() + "\n")
      Foundation.exit((code == .validationFailure ? .badInput : ExitStatus(error)).rawValue)
    }
  }
}
