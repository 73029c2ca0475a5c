import ArgumentParser
import Evaluation
import Foundation
import Reporting
import Spunge
import TestSupport
import Testing

@testable import spunge_eval

/// `compare`, `check`, `baseline update`, `collect` and `paper` as they are called.
@Suite struct CompareCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A results folder with these right answers out of ten for each row.
  private func write(
    _ name: String, _ right: [String: Set<Int>], value: Double? = nil
  ) throws -> String {
    var scores: [ScoreRecord] = []
    for (model, ids) in right.sorted(by: { $0.key < $1.key }) {
      scores.append(
        ScoreRecord(
          model: model, task: "arc", metric: "acc", value: value ?? Double(ids.count) / 10,
          standardError: 0.1, documents: 10, higherIsBetter: true))
      let samples = (0..<10).map { id in
        SampleRecord(
          task: "arc", documentID: id, target: "\(id)",
          outcomes: [.init(metrics: ["acc": ids.contains(id) ? 1 : 0])], promptDigest: "p\(id)")
      }
      try WholeFile.write(
        try JSONLinesText.encode(samples),
        to: RunDirectory.samplesFile(
          in: "\(folder.path)/\(name)", variant: model, task: "arc"))
    }
    try WholeFile.write(
      try JSONLinesText.encode(scores), to: "\(folder.path)/\(name)/scores.jsonl")
    return "\(folder.path)/\(name)"
  }

  @Test func rowsAreFoundByName() throws {
    let run = try write("run", ["base": Set(0..<8), "spunge/lambda=0.5": [1, 9]])
    let variant = try ScoredVariant(named: "\(run):spunge/lambda=0.5")
    #expect(variant.samples.count == 10)
    #expect(throws: InputError.self) { try ScoredVariant(named: run) }
    #expect(throws: InputError.self) { try ScoredVariant(named: "\(run):none") }
    #expect(throws: InputError.self) { try ScoredVariant(named: "\(run)-none") }
    let alone = try write("alone", ["base": Set(0..<8)])
    #expect(try ScoredVariant(named: alone).name == "base")
    let output = try Tool(["compare", "\(run):base", "\(run):spunge/lambda=0.5"], in: folder.path)
    #expect(output.status == 0, "\(output.errors)")
    #expect(output.output.contains("arc·acc: 1 gained, 7 lost"))
  }

  @Test func gateKeepsItsExitStatus() throws {
    let run = try write("run", ["base": Set(0..<8)])
    let file = "\(folder.path)/baseline.json"
    func tool(_ arguments: String...) throws -> Tool { try Tool(arguments, in: folder.path) }
    #expect(try tool("check", run, "--baseline", file).status == 2)
    #expect(try tool("baseline", "update", run, "--baseline", file, "--tolerance", "x").status == 2)
    for limit in ["accuracy=0.1", "arc_*/acc=0.1"] {
      let misspelt = try tool("baseline", "update", run, "--baseline", file, "--tolerance", limit)
      #expect(misspelt.status == 2)
      #expect(misspelt.errors.contains("\(limit): matches no score; scores: arc/acc"))
    }
    let folderAsFile = try tool("check", run, "--baseline", folder.path)
    #expect(folderAsFile.status == 2)
    #expect(
      folderAsFile.errors.contains("\(folder.path): cannot be read: it is a folder; give a file"),
      "\(folderAsFile.errors)")
    let cut = try write("cut", ["base": [1]])
    try Data("{\"model\": ".utf8).write(to: URL(fileURLWithPath: "\(cut)/scores.jsonl"))
    let damaged = try tool("table", cut)
    #expect(damaged.status == 2)
    #expect(
      damaged.errors.contains("scores.jsonl:1: ")
        && damaged.errors.contains("rerun the command that wrote the folder to rewrite its files")
    )
    let nowhere = try tool("table", "\(folder.path)/none")
    #expect(nowhere.status == 2 && nowhere.errors.contains("there is no such file or folder"))
    let update = try tool(
      "baseline", "update", run, "--baseline", file, "--tolerance", "acc=worse:0.05")
    #expect(update.status == 0, "\(update.errors)")
    #expect(try tool("check", run, "--baseline", file).status == 0)
    let worse = try write("worse", ["base": Set(0..<6)])
    let failed = try tool(
      "check", worse, "--baseline", file, "--junit", "\(folder.path)/check.xml", "--summary",
      "\(folder.path)/check.md")
    #expect(failed.status == 1)
    #expect(failed.output.contains("FAILED  base / arc·acc: 0.8 → 0.6"))
    let junit = try String(contentsOfFile: "\(folder.path)/check.xml", encoding: .utf8)
    #expect(junit.contains("failures=\"1\""))
    let summary = try String(contentsOfFile: "\(folder.path)/check.md", encoding: .utf8)
    #expect(summary.contains("| ❌ | base | arc·acc % | 80.00 | 60.00 | −20.00 |"))
    #expect(
      try tool("check", try write("nan", ["base": [1]], value: .nan), "--baseline", file).status
        == 1)
    // Tolerances stay when the scores are renewed.
    #expect(try tool("baseline", "update", worse, "--baseline", file).status == 0)
    #expect(try Baseline.read(file).tolerances.first?.tolerance == Tolerance("worse:0.05"))
    #expect(try tool("check", worse, "--baseline", file).status == 0)
    let more = try write("more", ["base": Set(0..<6), "new": [1]])
    #expect(try tool("check", more, "--baseline", file).status == 0)
    #expect(try tool("check", more, "--baseline", file, "--strict").status == 1)
  }

  @Test func aPageHoldsEveryScore() throws {
    let run = try write("run", ["base": Set(0..<8), "spunge": [1, 2, 3]])
    let page = try Tool(
      ["report", run, "--output", "page.html", "--svg", "figures", "--title", "Two rows"],
      in: folder.path)
    #expect(page.status == 0, "\(page.errors)")
    let text = try String(contentsOfFile: "\(folder.path)/page.html", encoding: .utf8)
    for part in ["Two rows", "80.00", "30.00", "spunge"] { #expect(text.contains(part), "\(part)") }
    let figures = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/figures")
    #expect(!figures.isEmpty && figures.allSatisfy { $0.hasSuffix(".svg") })
  }

  @Test func partsAreCollected() throws {
    let first = try write("a", ["base": Set(0..<8), "rmu": [1]])
    let second = try write("b", ["base": Set(0..<8), "tvn": [2, 3]])
    try Collect.parse([first, second, "--output", "\(folder.path)/all"]).run()
    let all = try ScoredRun(path: "\(folder.path)/all")
    #expect(all.models == ["base", "rmu", "tvn"])
    #expect(all.samples["base"]?.count == 10)
    #expect(FileManager.default.fileExists(atPath: "\(folder.path)/all/table.md"))
    let other = try write("c", ["base": Set(0..<7)])
    #expect(throws: CollectError.self) {
      try Collect.parse([first, other, "--output", "\(folder.path)/none"]).run()
    }
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/none"))
    #expect(throws: ValidationError.self) {
      try Collect.parse([first, "--output", "\(folder.path)/d", "--baseline", "x"]).run()
    }
  }

  @Test func completionsAreCollected() throws {
    func write(_ name: String, _ variants: [String], text: String = "t") throws -> String {
      let path = try self.write(name, Dictionary(uniqueKeysWithValues: variants.map { ($0, [1]) }))
      let run = try RunDirectory(path: path)
      for variant in variants {
        let record = CompletionRecord(
          id: "0", source: "toxigen", prompt: "p", completion: text, variant: variant)
        try WholeFile.write(
          try JSONLinesText.encode([record]),
          to: run.completionsFile(variant: variant, source: "toxigen"))
      }
      let toxicity = """
        {"schema": 1, "protocolName": "paper", "settings": \(settings), "source": "toxigen",
          "prompts": "p", "groups": [], "classifierTrainingData": "toxigen",
          "perplexityDefinitions": [], "notes": ["\(name)"]}
        """
      try WholeFile.write(toxicity, to: run.toxicityFile)
      return path
    }
    let settings = String(decoding: try JSONEncoder().encode(CompletionRecipe()), as: UTF8.self)
    let first = try write("a", ["base", "rmu"])
    let second = try write("b", ["base", "tvn"])
    try Collect.parse([first, second, "--output", "\(folder.path)/all"]).run()
    let all = try ScoredRun(path: "\(folder.path)/all")
    #expect(Set(all.completions.map(\.variant)) == ["base", "rmu", "tvn"])
    #expect(all.completions.count == 3 && all.toxicity?.notes == ["a", "b"])
    #expect(
      all.samples
        == (try ScoredRun(path: first)).samples.merging(
          try ScoredRun(path: second).samples
        ) { one, _ in one })
    let other = try write("c", ["base"], text: "u")
    let error = #expect(throws: CollectError.self) { try RunCollection([first, other]) }
    #expect(error?.description.contains("base, toxigen: ") == true)
  }

  @Test func firstFailureEndsTheWait() throws {
    func process(_ path: String, _ arguments: [String]) throws -> Process {
      try Process.run(URL(filePath: path), arguments: arguments)
    }
    let (slow, failing) = (try process("/bin/sleep", ["60"]), try process("/bin/false", []))
    #expect(RunJobs.firstFailure(of: [slow, failing]) == 1)
    #expect(slow.isRunning)
    slow.terminate()
    slow.waitUntilExit()
    #expect(RunJobs.firstFailure(of: [try process("/bin/true", [])]) == nil)
  }

  @Test func jobSummaryGrows() throws {
    let run = try write("run", ["base": [1]])
    let file = "\(folder.path)/baseline.json"
    #expect(try Tool(["baseline", "update", run, "--baseline", file], in: folder.path).status == 0)
    // What another step wrote need not be text.
    let before: [UInt8] = [0xFF, 0x0A]
    let page = try folder.write("summary.md", before)
    let check = try Tool(
      ["check", run, "--baseline", file], in: folder.path,
      environment: ["GITHUB_STEP_SUMMARY": page])
    #expect(check.status == 0, "\(check.errors)")
    let bytes = try Data(contentsOf: URL(filePath: page))
    #expect(bytes.starts(with: before) && bytes.count > before.count)
  }

  @Test func paperIsChecked() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let whole = try Tool(["paper"], in: root)
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(whole.output.hasSuffix("\n174 of 174 cells consistent\n"))
    #expect(whole.output.contains("Figure 4"))
    let text = try String(
      contentsOfFile: "\(root)/results/paper/table-2.json", encoding: .utf8)
    try folder.write("wrong.json", text.replacing("63.55", with: "63.56"))
    let wrong = try Tool(["paper", "\(folder.path)/wrong.json"], in: root)
    #expect(wrong.status == 1)
    #expect(wrong.output.contains("DISAGREES: WMDP-Bio"))
    #expect(wrong.output.hasSuffix("\n8 of 9 cells consistent\n"))
    let run = try write("run", ["rmu": [1]])
    let beside = try Tool(
      ["table", run, "--paper", "results/paper/table-3.json"], in: root)
    #expect(beside.status == 0, "\(beside.errors)")
  }

  @Test(arguments: ["0/2", "3/2", "1", "1/2/3", "a/b", "/", "-1/2"])
  func nonsenseIsNoShard(text: String) {
    #expect(Shard(text) == nil)
  }

  @Test func shardsShareEverythingOut() throws {
    let shards = try (1...3).map { try #require(Shard("\($0)/3")) }
    for place in 0..<10 {
      #expect(shards.count { $0.takes(place) } == 1)
    }
    #expect(shards[1].takes(1))
    #expect(
      RunJobs.without(
        ["--jobs", "--output"],
        ["run", "x.yaml", "--jobs", "2", "--output=o", "--data", "d", "--output", "p"])
        == ["run", "x.yaml", "--data", "d"])
  }
}
