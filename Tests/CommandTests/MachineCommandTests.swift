import Foundation
import Spunge
import TestSupport
import Testing

/// `methods` and `bench`: what there is, and how fast it is.
@Suite struct MachineCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func methodsAreListed() throws {
    let text = try Tool(["methods"], in: folder.path)
    #expect(text.status == 0, "\(text.errors)")
    let names = unlearningMethods.names + mergeMethods.names + splitters.names + transforms.names
    #expect(names.count > 15)
    for name in names { #expect(text.output.contains(name), "\(name)") }
    // The page's table is what --markdown prints.
    let root = Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appending(path: "Sources/Spunge/Spunge.docc/Methods.md"), encoding: .utf8)
    let markdown = try Tool(["methods", "--markdown"], in: folder.path)
    #expect(markdown.output.hasPrefix("| step | name |"))
    #expect(page.contains(markdown.output.trimmingCharacters(in: .newlines)))
  }

  @Test func speedsAreMeasured() throws {
    let run = try Tool(
      [
        "bench", "--model", Fixtures.path("goldens/tiny-llama"), "--questions", "3",
        "--context-tokens", "9", "--choice-tokens", "2", "--threads", "1", "--json",
      ], in: folder.path)
    #expect(run.status == 0, "\(run.errors)")
    let result = try #require(try run.rows.first)
    // Contexts are asked once, choices four times; log-probabilities of the last token are not needed.
    let requests = 3 * 4 * (9 + 2)
    #expect(
      result["requestTokens"] as? Int == requests || result["requestTokens"] as? Int == 3 * 4 * 10)
    let forest = try #require(result["forestTokens"] as? Int)
    #expect(forest >= 3 * 9 && forest <= 3 * (9 + 4 * 2), "\(result)")
    #expect(result["threads"] as? Int == 1 && result["dtype"] as? String == "float32")
    for name in ["peakGFLOPS", "forestTokensPerSecond", "generatedTokensPerSecond", "residentMiB"] {
      #expect(result[name] as? Double ?? 0 > 0, "\(name)")
    }
    let text = try Tool(
      ["bench", "--model", Fixtures.path("goldens/tiny-llama"), "--questions", "1"],
      in: folder.path)
    #expect(text.status == 0 && text.output.contains("GFLOP/s"), "\(text)")
  }
}
