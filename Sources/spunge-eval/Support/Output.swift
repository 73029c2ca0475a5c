import Formats
import Foundation
import Tensors

/// What commands print on standard output.
enum Output {
  /// Text for people, or in one of the formats that have no escapes of their own.
  static func print(_ text: String, terminator: String = "\n") throws(FileError) {
    try check(StandardStreams.writeOutput(text + terminator))
  }

  /// JSON or JSON Lines, which stay the same values.
  static func print(json: String) throws(FileError) {
    try check(StandardStreams.writeOutput(json: json))
  }

  /// Commands to the GitHub workflow that runs the program.
  static func print(workflowCommands: String) throws(FileError) {
    try check(StandardStreams.writeOutput(workflowCommands: workflowCommands))
  }

  private static func check(_ code: Int32) throws(FileError) {
    guard code == 0 else { throw .system(path: "standard output", action: "write", code: code) }
  }
}

/// Remarks on standard error.
enum Notice {
  static func print(_ text: String) {
    StandardStreams.writeError("note: \(text.fittingScreen())\n")
  }
}
