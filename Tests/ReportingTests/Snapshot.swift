import Foundation
import Testing

@testable import Reporting

/// Compares a chart's drawing, without the style sheet, with the file in `Fixtures/charts`.
///
/// A missing file is written, and so is every file when `SPUNGE_RECORD` is 1; either fails, so that somebody looks.
func expectSnapshot(
  of chart: any Chart, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/charts/\(name).svg")
  let actual = chart.drawing().inline
  let isRecording = ProcessInfo.processInfo.environment["SPUNGE_RECORD"] == "1"
  guard !isRecording, let expected = try? String(contentsOf: file, encoding: .utf8) else {
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try actual.write(to: file, atomically: true, encoding: .utf8)
    Issue.record("\(name).svg was written; look at it", sourceLocation: sourceLocation)
    return
  }
  #expect(actual == expected, sourceLocation: sourceLocation)
}
