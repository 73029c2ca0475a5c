import ArgumentParser
import Formats
import Foundation
import Tensors

/// What the process says at its end.
enum ExitStatus: Int32 {
  case success = 0
  /// A score fell outside its baseline's tolerance.
  case regressionFound = 1
  /// A file, folder or flag cannot be used; running again does not help.
  case badInput = 2
  /// The run itself failed, for example because the disk is full or a loss is not a number.
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
      // What was printed may still be on its way, and its device full.
      guard fflush(nil) == 0 else {
        throw FileError.system(path: "standard output", action: "write", code: errno)
      }
      Foundation.exit(ExitStatus.success.rawValue)
    } catch {
      let code = exitCode(for: error)
      // Help, a version, or a status that the command chose itself.
      if code == .success || error is ExitCode { exit(withError: error) }
      StandardStreams.writeError(fullMessage(for: error).fittingScreen() + "\n")
      Foundation.exit((code == .validationFailure ? .badInput : ExitStatus(error)).rawValue)
    }
  }
}
