import Foundation
import Testing

/// Requests equal to the harness's on its own task files, where it is installed.
@Suite struct HarnessParityTests {
  /// A Python that has lm_eval 0.4.13.
  static let python = ProcessInfo.processInfo.environment["SPUNGE_LM_EVAL"]

  @Test(.enabled(if: python != nil))
  func requestsAgree() throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let script = Process()
    script.executableURL = URL(filePath: Self.python ?? "")
    script.arguments = [
      tests.appending(path: "HarnessParity/parity.py").path, "--tool", try Tool.path(), "--tasks",
      "400",
    ]
    let output = Pipe()
    script.standardOutput = output
    try script.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    script.waitUntilExit()
    #expect(script.terminationStatus == 0, "\(text)")
    #expect(text.contains("400 files agree, 0 do not"), "\(text)")
  }
}
