import Foundation
import TestSupport
import Testing

/// Every command of the program is run by a test in this folder.
@Suite struct CommandCoverageTests {
  private struct Command: Decodable {
    let commandName: String
    let subcommands: [Command]?

    /// The words of each command that does something, the program's name left out.
    var paths: [[String]] {
      guard let subcommands, !subcommands.isEmpty else { return [[commandName]] }
      return subcommands.filter { $0.commandName != "help" }.flatMap { command in
        command.subcommands?.isEmpty ?? true
          ? [[command.commandName]] : command.paths.map { [command.commandName] + $0 }
      }
    }
  }

  private struct Dump: Decodable { let command: Command }

  /// Tests of what is refused before a command does anything do not count.
  private static let refusals: Set<String> = [
    "EarlyErrorTests.swift", "StandardStreamTests.swift", "CommandCoverageTests.swift",
  ]

  private static func sources() throws -> [String] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try names.filter { $0.hasSuffix("Tests.swift") && !refusals.contains($0) }.map {
      try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
    }
  }

  /// Whether `source` holds arguments that begin with these words: `["tasks", "list"`.
  private static func runs(_ words: [String], _ source: String) -> Bool {
    let quoted = words.map { "\"\($0)\"" }.joined(separator: ", ")
    let flat = source.replacing(/\s+/, with: " ").replacing("[ ", with: "[")
      .replacing("( ", with: "(")
    return ["[", "tool("].contains { start in
      [",", "]", ")"].contains { flat.contains(start + quoted + $0) }
    }
  }

  @Test func everyCommandIsRun() throws {
    let folder = try TemporaryFolder()
    let dump = try Tool(["--experimental-dump-help"], in: folder.path)
    let program = try JSONDecoder().decode(Dump.self, from: Data(dump.output.utf8)).command
    let commands = program.paths
    #expect(commands.count > 25 && commands.contains(["tasks", "list"]), "\(commands)")
    let sources = try Self.sources()
    for words in commands where !sources.contains(where: { Self.runs(words, $0) }) {
      Issue.record("no test in Tests/CommandTests runs '\(words.joined(separator: " "))'")
    }
  }

  @Test func theSearchBites() {
    #expect(Self.runs(["tasks", "list"], "try Tool([\n  \"tasks\",\n \"list\", \"tags\"])"))
    #expect(Self.runs(["export"], "try tool(\"export\", \"overlay\")"))
    #expect(!Self.runs(["tasks", "list"], "try Tool([\"tasks\", \"show\"])"))
    #expect(!Self.runs(["list"], "try Tool([\"tasks\", \"list\"])"))
  }
}
