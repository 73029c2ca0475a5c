import Foundation
import Testing

/// The executable that was built with the tests, run as a user does.
struct Tool {
  var status: Int32
  var output: String
  var errors: String

  static func path() throws -> String {
    var folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      let tool = folder.appending(path: "spunge-eval").path
      if FileManager.default.isExecutableFile(atPath: tool) { return tool }
    }
    throw CocoaError(.fileNoSuchFile)
  }

  /// Runs the executable in `folder` and waits for its end.
  init(
    _ arguments: [String], in folder: String, tasks: String? = nil,
    environment: [String: String] = [:]
  ) throws {
    let process = Process()
    process.executableURL = URL(filePath: try Self.path())
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = ProcessInfo.processInfo.environment
    process.environment?["SPUNGE_TASKS"] = tasks
    process.environment?["SPUNGE_DATA"] = nil
    process.environment?.merge(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    self.output = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    self.errors = String(
      decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    status = process.terminationStatus
  }

  /// Standard output as JSON Lines.
  var rows: [[String: Any]] {
    get throws {
      try output.split(separator: "\n").map { line in
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      }
    }
  }
}
