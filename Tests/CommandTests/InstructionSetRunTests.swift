import Foundation
import Tensors
import TestSupport
import Testing

/// Whole runs, from training to tables, have the same bytes with every version of the kernels.
@Suite struct InstructionSetRunTests {
  private let folder: TemporaryFolder
  private static let tasks = Fixtures.path("../../tasks/harness")

  init() throws { folder = try TemporaryFolder() }

  private func experiment(
    _ method: String, _ settings: String, _ merge: String, _ products: String
  ) -> String {
    """
    name: tiny
    seed: 1
    base: { model: \(Fixtures.path("goldens/tiny-llama")) }
    forget: { files: [\(Fixtures.path("tiny/corpora/forget.jsonl"))] }
    retain: { files: [\(Fixtures.path("tiny/corpora/retain.jsonl"))] }
    split: { method: by_attribute, settings: { attribute: domain } }
    unlearn: { method: \(method), settings: \(settings) }
    merge: \(merge)
    score:
      variants: [base, monolithic, spunge]
      computeType: \(products)
      tasks: [arc_easy]
      toxicity:
        prompts: \(Fixtures.path("toxicity/toxigen.jsonl"))
        classifier: \(Fixtures.path("mini-roberta"))
        settings: { toxicLabel: unkind, maximumNewTokens: 4 }
    """
  }

  /// The versions that this processor has.
  private var versions: [InstructionSet] {
    let all = InstructionSet.allCases
    guard let best = all.firstIndex(of: .current) else { return [] }
    return Array(all[...best])
  }

  /// Path → content, of everything but the records of time and machine.
  private func files(_ name: String) throws -> [String: Data] {
    let root = "\(folder.path)/\(name)"
    return try FileManager.default.subpathsOfDirectory(atPath: root)
      .filter { !$0.hasSuffix("manifest.json") && !$0.hasSuffix("log.jsonl") }
      .reduce(into: [:]) { files, path in
        files[path] = try? Data(contentsOf: URL(filePath: "\(root)/\(path)"))
      }
  }

  @Test(arguments: [
    (
      "rmu", "{ layer: 2, trainedLayers: [1, 2], learningRate: 0.001, alphas: [100] }",
      "{ method: iso_cts }", "float32"
    ),
    (
      "task_vector_negation", "{ training: { learningRate: 0.001, epochs: 1 } }",
      "{ method: ties, settings: { density: 0.2 } }", "float32"
    ),
    (
      "task_vector_negation",
      "{ training: { learningRate: 0.001, epochs: 1, computeType: bfloat16 } }",
      "{ method: knots, settings: { density: 0.5 } }", "bfloat16"
    ),
  ])
  func runsAreEqual(
    _ method: String, _ settings: String, _ merge: String, _ products: String
  ) throws {
    try folder.write("\(method).yaml", experiment(method, settings, merge, products))
    var first: [String: Data]?
    // Instructions for bfloat16 add in another order.
    let versions = versions.filter {
      products == "float32" || $0 != .avx512 || BFloat16Products.current == .widened
    }
    for version in versions {
      let tool = try Tool(
        [
          "run", "\(method).yaml", "--data", Fixtures.path("tiny"), "--output", version.rawValue,
          "--work", "\(version.rawValue)-work",
        ], in: folder.path, tasks: Self.tasks,
        environment: [InstructionSet.variable: version.rawValue])
      try #require(tool.status == 0, "\(tool.errors)")
      let found = try files(version.rawValue)
      #expect(found.count > 10, "\(found.keys.sorted())")
      guard let first else {
        first = found
        continue
      }
      #expect(first.keys.sorted() == found.keys.sorted())
      for (path, data) in first { #expect(found[path] == data, "\(version.rawValue): \(path)") }
    }
  }

  @Test func unknownVersionsAreRefused() throws {
    let tool = try Tool(
      ["doctor"], in: folder.path, environment: [InstructionSet.variable: "sse5"])
    #expect(tool.status == 2)
    #expect(tool.errors.contains("SPUNGE_ISA=sse5: there is no such version"), "\(tool.errors)")
  }
}
