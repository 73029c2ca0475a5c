import Foundation
import TestSupport
import Testing

/// `miniature build` and `reproduce`, as far as they go in seconds; `.ci/run` does whole reproductions.
@Suite struct ReproduceCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func build(_ output: String, seed: String, status: Int32 = 0) throws -> Tool {
    let run = try Tool(
      ["miniature", "build", "--texts-only", "--seed", seed, "--output", output],
      in: folder.path)
    #expect(run.status == status, "\(run.errors)")
    return run
  }

  /// Path → content.
  private func files(_ output: String) throws -> [String: Data] {
    let root = "\(folder.path)/\(output)"
    return try FileManager.default.subpathsOfDirectory(atPath: root).reduce(into: [:]) {
      $0[$1] = try? Data(contentsOf: URL(filePath: "\(root)/\($1)"))
    }
  }

  @Test func aWorldDependsOnItsSeedOnly() throws {
    #expect(try build("one", seed: "3").output == "one: made from seed 3, heterogeneity 0.0\n")
    _ = try build("again", seed: "3")
    _ = try build("other", seed: "4")
    let (one, again, other) = (try files("one"), try files("again"), try files("other"))
    #expect(one["questions/mmlu/test.jsonl"]?.isEmpty == false, "\(one.keys.sorted())")
    #expect(one == again)
    #expect(one.keys.sorted() == other.keys.sorted() && one != other)
    #expect(!one.keys.contains { $0.hasSuffix(".safetensors") })
    let refused = try build("one", seed: "3", status: 2)
    #expect(refused.errors.contains("one: "), "\(refused.errors)")
  }

  @Test func thePapersModelsArePlanned() throws {
    let plan = try Tool(
      ["reproduce", "--scale", "paper", "--plan", "--table", "2", "--data", folder.path],
      in: folder.path)
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(plan.output.contains("hf download HuggingFaceH4/zephyr-7b-beta --include"))
    #expect(plan.output.contains("spunge-eval select --source text"))
    let run = try Tool(
      ["reproduce", "--scale", "paper", "--table", "2", "--data", folder.path, "--output", "out"],
      in: folder.path)
    #expect(run.status == 2 && run.errors.contains("hf download"), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/out/scores.jsonl"))
  }

  @Test(arguments: [
    (["--plan"], "--plan needs --scale paper"), (["--table", "8"], "tables 1 to 7"),
    (["--quick", "--seeds", "2"], "--quick means --seeds 1"),
    (["--seeds", "1,1"], "different numbers"),
    (["--scale", "paper", "--quick"], "for the miniature world"),
    (["--heterogeneity", "1.5"], "fractions from 0 to 1"),
  ])
  func optionsThatMakeNoSense(arguments: [String], message: String) throws {
    let run = try Tool(["reproduce"] + arguments, in: folder.path)
    #expect(run.status == 2 && run.errors.contains(message), "\(run.errors)")
    #expect(try folder.names.isEmpty)
  }
}
