import Foundation
import Spunge
import TestSupport
import Testing

/// The defaults and presets of every method, as they stand in `Fixtures/method-settings.yaml`.
///
/// A missing file is written, and so is it when `SPUNGE_RECORD` is 1; either fails, so that somebody looks.
@Suite struct MethodSettingsTests {
  @Test func areWhatTheyWere() throws {
    let actual =
      try text(unlearningMethods) { try $0.resolvedYAML() }
      + text(mergeMethods) { try $0.resolvedYAML() } + text(splitters) { try $0.resolvedYAML() }
      + text(transforms) { try $0.resolvedYAML() }
    let file = Fixtures.folder.appending(path: "method-settings.yaml")
    let isRecording = ProcessInfo.processInfo.environment["SPUNGE_RECORD"] == "1"
    guard !isRecording, let expected = try? String(contentsOf: file, encoding: .utf8) else {
      try actual.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("method-settings.yaml was written; look at it")
      return
    }
    let (ours, theirs) = (actual.split(separator: "\n"), expected.split(separator: "\n"))
    for (line, pair) in zip(ours, theirs).enumerated() where pair.0 != pair.1 {
      Issue.record("line \(line + 1): \(pair.0), not \(pair.1)")
    }
    #expect(ours.count == theirs.count)
  }

  private func text<Method>(
    _ catalog: Catalog<Method>, _ yaml: (Method) throws -> String
  ) throws -> String {
    var lines: [String] = []
    for entry in catalog.entries {
      for preset in [nil] + entry.presets.map(\.name) {
        let method = try catalog.method(
          entry.card.name, assignments: preset.map { ["preset=\($0)"] } ?? [])
        lines.append("\(entry.card.name)\(preset.map { " / \($0)" } ?? ""):")
        lines += try yaml(method).split(separator: "\n").map { "  \($0)" }
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
