import Foundation
import Spunge
import TestSupport
import Testing

@testable import spunge_eval

/// `run --jobs` and `run --shard` with `collect`: the files of one process, and no orphans.
@Suite struct RunJobsTests {
  private let folder: TemporaryFolder
  private static let tasks = Fixtures.path("../../tasks/harness")

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      "grid.yaml",
      """
      name: grid
      seed: [1, 2]
      base: { model: \(Fixtures.path("goldens/tiny-llama")) }
      forget: { files: [\(Fixtures.path("tiny/corpora/forget.jsonl"))] }
      retain: { files: [\(Fixtures.path("tiny/corpora/retain.jsonl"))] }
      split: { method: by_attribute, settings: { attribute: domain } }
      unlearn: { method: rmu, settings: { layer: 2, trainedLayers: [1, 2], learningRate: 0.001, alphas: [100] } }
      merge: { method: ties, settings: { density: [0.2, 0.5, 0.8] } }
      score:
        variants: [base, monolithic, spunge]
        tasks: [arc_easy]
        toxicity:
          prompts: \(Fixtures.path("toxicity/toxigen.jsonl"))
          classifier: \(Fixtures.path("mini-roberta"))
          settings: { toxicLabel: unkind, maximumNewTokens: 4 }
      """)
  }

  private func run(_ name: String, _ arguments: String...) throws {
    let tool = try Tool(
      [
        "run", "grid.yaml", "--data", Fixtures.path("tiny"), "--output", name, "--work",
        "\(name)-work",
      ]
        + arguments, in: folder.path, tasks: Self.tasks)
    #expect(tool.status == 0, "\(tool.errors)")
  }

  /// Path → content, of everything but records of time and what only shards have.
  private func files(_ name: String) throws -> [String: Data] {
    let root = "\(folder.path)/\(name)"
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root)
    return try paths.filter { !$0.hasPrefix("shards") && !$0.hasSuffix("manifest.json") }
      .reduce(into: [:]) { files, path in
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder)
        if !isFolder.boolValue {
          files[path] = try Data(contentsOf: URL(filePath: "\(root)/\(path)"))
        }
      }
  }

  private func expectSame(_ first: [String: Data], _ second: [String: Data]) {
    #expect(first.keys.sorted() == second.keys.sorted())
    for (path, data) in first { #expect(second[path] == data, "\(path)") }
  }

  @Test func filesAreThoseOfOneProcess() throws {
    try run("one")
    let one = try files("one")
    #expect(one.count > 60, "\(one.keys.sorted())")
    for jobs in [2, 4] {
      try run("jobs\(jobs)", "--jobs", "\(jobs)")
      expectSame(one, try files("jobs\(jobs)"))
    }
    // The same work folder, so that nothing is computed again.
    for number in 1...3 {
      let tool = try Tool(
        [
          "run", "grid.yaml", "--data", Fixtures.path("tiny"), "--output", "shard\(number)",
          "--work",
          "one-work", "--shard", "\(number)/3",
        ], in: folder.path, tasks: Self.tasks)
      #expect(tool.status == 0, "\(tool.errors)")
    }
    let collected = try Tool(
      ["collect", "shard2", "shard1", "shard3", "--output", "collected"], in: folder.path)
    #expect(collected.status == 0, "\(collected.errors)")
    expectSame(one.filter { !$0.key.hasPrefix("points/") }, try files("collected"))
  }

  /// A job ends with the process that started it, and the next run is not refused.
  @Test func aKilledParentTakesItsJobsAlong() throws {
    for delay in [0.1, 0.4, 1.5] {
      let process = Process()
      process.executableURL = URL(filePath: try Tool.path())
      process.currentDirectoryURL = URL(filePath: folder.path)
      process.arguments = [
        "run", "grid.yaml", "--data", Fixtures.path("tiny"), "--output", "killed", "--work",
        "killed-work", "--jobs", "2",
      ]
      process.environment = ProcessInfo.processInfo.environment
        .merging(["SPUNGE_TASKS": Self.tasks]) { $1 }
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      Thread.sleep(forTimeInterval: delay)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(try waitForJobs(seconds: 10) == [], "after \(delay) s")
    }
    try run("killed", "--jobs", "2")
    try run("one")
    expectSame(try files("one"), try files("killed"))
  }

  /// Waits until no process works in this test's folder.
  ///
  /// - Returns: those that still do.
  private func waitForJobs(seconds: Double) throws -> [String] {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
      let jobs = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { process in
        let place = try? FileManager.default.destinationOfSymbolicLink(
          atPath: "/proc/\(process)/cwd")
        return Int(process) != nil && place == folder.path
      }
      guard !jobs.isEmpty, ContinuousClock.now < deadline else { return jobs }
      Thread.sleep(forTimeInterval: 0.05)
    }
  }
}
