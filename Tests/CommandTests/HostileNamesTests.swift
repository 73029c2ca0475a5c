import Evaluation
import Formats
import Foundation
import Reporting
import Spunge
import TestSupport
import Testing

@testable import spunge_eval

/// Names in files that would be paths, commands or control sequences.
@Suite struct HostileNamesTests {
  private let folder: TemporaryFolder
  static let names = [
    "../../../../X", "/tmp/spunge-eval-absolute", "..", ".", "", "a/b", "a_b", "nul\0name",
    "two\nlines",
    String(repeating: "n", count: 300), String(repeating: "/", count: 300), "-rf", "a\\b",
  ]

  init() throws { folder = try TemporaryFolder() }

  /// Everything below the test's folder, links not followed.
  private func files() -> Set<String> {
    Set((FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }) ?? [])
  }

  /// A results folder whose rows and tasks are called like that.
  private func writeRun(_ path: String) throws {
    var scores: [ScoreRecord] = []
    for name in Self.names {
      for model in ["base", name] {
        scores.append(
          ScoreRecord(
            model: model, task: name, metric: "acc", value: 1, standardError: 0.1, documents: 1,
            higherIsBetter: true))
      }
      let sample = SampleRecord(
        task: name, documentID: 0, target: name, outcomes: [.init(metrics: ["acc": 1])],
        promptDigest: "p")
      try WholeFile.write(
        try JSONLinesText.encode([sample]),
        to: RunDirectory.samplesFile(in: path, variant: "base", task: name))
    }
    try WholeFile.write(try JSONLinesText.encode(scores), to: "\(path)/scores.jsonl")
  }

  @Test func collectWritesBelowItsOutputOnly() throws {
    let run = "\(folder.path)/run"
    try writeRun(run)
    try WholeFile.makeFolder("\(folder.path)/a/b/c")
    let before = files()
    let collect = try Tool(["collect", run, "--output", "a/b/c/out"], in: folder.path)
    #expect(collect.status == 0, "\(collect.errors)")
    let made = files().subtracting(before)
    #expect(made.allSatisfy { $0.hasPrefix("a/b/c/out") }, "\(made)")
    #expect(!FileManager.default.fileExists(atPath: "/tmp/spunge-eval-absolute.jsonl"))
    // One file for each name: none took another's place.
    let samples = made.filter { $0.hasPrefix("a/b/c/out/samples/base/") }
    #expect(samples.count == Self.names.count)
    let read = try ScoredRun(path: "\(folder.path)/a/b/c/out")
    #expect(Set((read.samples["base"] ?? []).map(\.task)) == Set(Self.names))
    let table = try Tool(["table", "a/b/c/out"], in: folder.path)
    #expect(table.status == 0)
    #expect(!table.output.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
  }

  @Test(arguments: [
    ("../../../../X", 2), ("/X", 2), ("a\u{1B}[31m\nb", 2), ("a | b: (50 %)", 0), ("-rf", 0),
  ])
  func scoreWritesBelowItsOutputOnly(name: String, status: Int32) throws {
    let village = Fixtures.path("village/tasks/village_next.yaml")
    let text = try String(contentsOfFile: village, encoding: .utf8)
    let quoted = String(decoding: try JSONEncoder().encode(name), as: UTF8.self)
    try WholeFile.makeFolder("\(folder.path)/tasks")
    try folder.write(
      "tasks/t.yaml",
      text.replacing("task: village_next", with: "task: \(quoted)").replacing("\\/", with: "/"))
    try WholeFile.makeFolder("\(folder.path)/a/b/c/d")
    let before = files()
    let score = try Tool(
      [
        "score", "--model", Fixtures.path("goldens/tiny-llama"), "--include-path", "tasks",
        "--data", Fixtures.path("village/data"), "--tasks", "tasks/t.yaml", "--limit", "2",
        "--output", "a/b/c/d/out", "--output-path", "a/b/c/d/harness", "--log-samples", "--work",
        "a/b/c/d/work",
      ], in: folder.path)
    #expect(score.status == status, "\(score.errors)")
    let made = files().subtracting(before)
    if status == 0 {
      #expect(made.contains { $0.hasPrefix("a/b/c/d/out/samples/") && $0.hasSuffix(".jsonl") })
      #expect(made.contains { $0.hasPrefix("a/b/c/d/harness/") && $0.contains("/samples_") })
    } else {
      #expect(score.errors.contains("tasks/t.yaml:2: "), "\(score.errors)")
    }
    #expect(made.allSatisfy { $0.hasPrefix("a/b/c/d/") }, "\(made)")
    for text in [score.output, score.errors] {
      #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" })
    }
  }

  @Test func linksInTheOutputLeadNowhere() throws {
    let run = "\(folder.path)/run"
    try writeRun(run)
    let elsewhere = "\(folder.path)/elsewhere"
    try WholeFile.makeFolder(elsewhere)
    let manager = FileManager.default
    for link in ["samples", "samples/base"] {
      let output = "\(folder.path)/out-\(link.fileName)"
      try WholeFile.makeFolder(("\(output)/\(link)" as NSString).deletingLastPathComponent)
      try manager.createSymbolicLink(
        atPath: "\(output)/\(link)", withDestinationPath: elsewhere)
      let collect = try Tool(["collect", run, "--output", output], in: folder.path)
      #expect(collect.status == 2)
      #expect(collect.errors.contains("\(output)/\(link): a symbolic link to"), "\(collect.errors)")
    }
    #expect(try manager.contentsOfDirectory(atPath: elsewhere).isEmpty)
  }

  @Test func workflowsSeeOnlyOurCommands() throws {
    let names = ["::error file=x::pwn", "a\n::stop-commands::pwn", "\u{1B}[0m##[error]pwn"]
    let scores = names.map { name in
      ScoreRecord(
        model: name, task: name, metric: "acc", value: 1, standardError: nil, documents: 1,
        higherIsBetter: true)
    }
    let lines = try JSONLinesText.encode(scores)
    try WholeFile.write(lines, to: "\(folder.path)/run/scores.jsonl")
    try WholeFile.write(
      lines.replacing("\"value\":1", with: "\"value\":0"), to: "\(folder.path)/worse/scores.jsonl")
    func tool(_ arguments: String...) throws -> Tool {
      try Tool(arguments, in: folder.path, environment: ["GITHUB_ACTIONS": "true"])
    }
    #expect(try tool("baseline", "update", "run", "--baseline", "b.json").status == 0)
    for check in [
      try tool("check", "worse", "--baseline", "b.json", "--junit", "j.xml"),
      try tool("table", "run"),
      try tool("table", "none\n::error::pwn"), try tool("compare", "run:x\n::error::pwn", "run:y"),
    ] {
      for line in (check.output + "\n" + check.errors).split(whereSeparator: \.isNewline) {
        let start = line.drop { $0.isWhitespace }
        #expect(
          !start.hasPrefix("::") || start.hasPrefix("::error title=Regression%3A "), "\(line)")
        #expect(!line.contains("##["), "\(line)")
      }
    }
    let junit = try String(contentsOfFile: "\(folder.path)/j.xml", encoding: .utf8)
    #expect(!junit.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
  }

  @Test func regressionsNameTheirFiles() throws {
    let score = ScoreRecord(
      model: "base", task: "arc", metric: "acc", value: 1, standardError: nil, documents: 1,
      higherIsBetter: true)
    try WholeFile.write(try JSONLinesText.encode([score]), to: "\(folder.path)/run/scores.jsonl")
    #expect(
      try Tool(["baseline", "update", "run", "--baseline", "b.json"], in: folder.path).status == 0)
    var other = score
    other.metric = "acc\u{1B}"
    try WholeFile.write(try JSONLinesText.encode([other]), to: "\(folder.path)/run/scores.jsonl")
    let check = try Tool(["check", "run", "--baseline", "b.json"], in: folder.path)
    #expect(check.status == 1)
    #expect(check.errors.hasPrefix("Error: run does not match b.json"), "\(check.errors)")
    #expect(check.output.contains("arc·acc\\u{1b}: not in the baseline"))
  }
}
