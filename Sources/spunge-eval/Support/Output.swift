import Formats
import Foundation
import Tensors

/// Prints results on standard output.
enum Output {
  /// Prints human-readable text or a format that has no escapes of its own.
  static func print(_ text: String, terminator: String = "\n") throws(FileError) {
    try check(StandardStreams.writeOutput(text + terminator))
  }

  /// Prints JSON or JSON Lines, whose values stay the same.
  static func print(json: String) throws(FileError) {
    try check(StandardStreams.writeOutput(json: json))
  }

  /// Prints commands to the GitHub workflow that runs the program.
  static func print(workflowCommands: String) throws(FileError) {
    try check(StandardStreams.writeOutput(workflowCommands: workflowCommands))
  }

  private static func check(_ code: Int32) throws(FileError) {
    guard code == 0 else { throw .system(path: "standard output", action: "write", code: code) }
  }
}

/// Prints notes on standard error.
enum Notice {
  static func print(_ text: String) {
    StandardStreams.writeError("note: \(text.fittingScreen())\n")
  }
}
