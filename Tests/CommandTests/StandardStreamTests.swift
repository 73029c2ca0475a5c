import Foundation
import TestSupport
import Testing

/// The program with standard streams that are closed, full or gone.
@Suite struct StandardStreamTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Exit status of a shell command in which `$0` is the program.
  private func shell(_ command: String) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", command, try Tool.path()]
    process.currentDirectoryURL = URL(filePath: folder.path)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    return process.terminationStatus
  }

  @Test(arguments: [
    ("\"$0\" table none 2>&-", 2), ("\"$0\" table none 2>/dev/full", 2),
    ("\"$0\" table none <&- >&- 2>&-", 2),
    // The reader of standard error is gone before anything is written.
    (
      "{ sleep 0.2; \"$0\" table none; echo $? >&3; } 2> >(exec true) 3>status; exit $(cat status)",
      2
    ),
    ("\"$0\" methods >/dev/full", 3), ("\"$0\" methods >&-", 3), ("\"$0\" methods >/dev/null", 0),
  ])
  func streamsMayFail(command: String, status: Int32) throws {
    #expect(try shell(command) == status)
  }
}
