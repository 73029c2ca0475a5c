import Evaluation
import Foundation
import Spunge
import TestSupport
import Testing

@testable import spunge_eval

/// `select`, `toxicity`, `rescore` of completions and `perplexity` as they are called.
@Suite struct ToxicityCommandTests {
  private let folder: TemporaryFolder
  private static let model = Fixtures.path("goldens/tiny-llama")
  private static let prompts = Fixtures.path("toxicity/toxigen.jsonl")

  init() throws { folder = try TemporaryFolder() }

  private func tool(_ arguments: [String], status: Int32 = 0) throws -> Tool {
    let tool = try Tool(arguments, in: folder.path)
    #expect(tool.status == status, "\(tool.errors)")
    return tool
  }

  @Test func selectWritesForgetFiles() throws {
    _ = try tool([
      "select", "--prompts", Self.prompts, "--rule", "toxicity_human >= 3", "--groups",
      "muslim,mexican", "--attribute", "kind=implicit", "--output", "f.jsonl",
    ])
    let read = try CorpusFile.read([URL(fileURLWithPath: "\(folder.path)/f.jsonl")]).documents
    #expect(read.count == 9)
    #expect(Set(read.map { $0.attributes["group"] }) == ["muslim", "mexican"])
    #expect(
      read.allSatisfy { $0.attributes["kind"] == "implicit" && $0.attributes["label"] == "toxic" })
  }

  @Test func perplexityOfAnyRows() throws {
    let pairs = [
      ("The miller", " went home"), ("A", ""), ("A", "…"),
      ("The", String(repeating: " miller went home", count: 100)),
      (String(repeating: "The miller ", count: 200), "went home"),
    ]
    try folder.write(
      "rows.jsonl",
      pairs.map { #"{"prompt": "\#($0)", "completion": "\#($1)"}"# + "\n" }.joined())
    _ = try tool([
      "perplexity", "--model", Self.model, "--completions", "rows.jsonl", "--output", "out.jsonl",
    ])
    let rows = try JSONLinesInput(path: "\(folder.path)/out.jsonl").rows(CompletionRecord.self)
    #expect(rows.map { $0.tokens != nil } == [true, false, false, false, true])
    #expect(rows.map { $0.unconditionalTokens != nil } == [true, false, false, false, true])
    #expect(rows.map(\.isEmpty) == [false, true, true, false, false])
    // Longer than the model's context: alone, and with its prompt.
    let isCut = rows.map { $0.likelihoodTruncatedTokens != nil }
    #expect(isCut == [false, false, false, true, true])
  }

  @Test func storedCompletionsAreJudgedAnew() throws {
    _ = try tool([
      "toxicity", "--model", Self.model, "--prompts", Self.prompts, "--classifier",
      Fixtures.path("mini-roberta"), "--limit", "12", "--set", "maximumNewTokens=6", "--set",
      "toxicLabel=unkind", "--output", "made",
    ])
    func scores(_ path: String) throws -> [ScoreRecord] {
      try JSONLinesInput(path: "\(folder.path)/\(path)/scores.jsonl").rows(ScoreRecord.self)
    }
    func share(_ threshold: String) throws -> Double {
      let path = "threshold-\(threshold)"
      _ = try tool(["rescore", "made", "--set", "threshold=\(threshold)", "--output", path])
      return try #require(
        try scores(path).first { $0.metric == "toxic_fraction" }?.value ?? .nan)
    }
    let first = try scores("made")
    #expect(first.contains { $0.metric == "toxic_fraction" && $0.documents == 12 })
    let (all, none) = (try share("0"), try share("1"))
    #expect(all > none && none == 0, "\(all) \(none)")
    let given = try share("0.5")
    #expect(given == first.first { $0.metric == "toxic_fraction" }?.value)
    let made = try tool(["rescore", "made", "--set", "temperature=1"], status: 2)
    #expect(made.errors.contains("temperature: the stored completions were generated"), "\(made)")
    let read = try tool(
      ["rescore", "made", "--set", "judgedText=prompt_and_completion"], status: 2)
    #expect(read.errors.contains("--classifier"), "\(read)")
    let unknown = try tool(["rescore", "made", "--set", "treshold=1"], status: 2)
    #expect(unknown.errors.contains("threshold"), "\(unknown)")
  }

  /// `tomh/toxigen_roberta` is what people write.
  @Test func classifierOfTheCache() throws {
    let model = "\(folder.path)/hub/models--tomh--toxigen_roberta"
    for name in ["config.json", "model.safetensors", "vocab.json", "merges.txt"] {
      let text = try Data(contentsOf: URL(filePath: Fixtures.path("mini-roberta/\(name)")))
      try FileManager.default.createDirectory(
        atPath: "\(model)/snapshots/abc", withIntermediateDirectories: true)
      try text.write(to: URL(filePath: "\(model)/snapshots/abc/\(name)"))
    }
    try FileManager.default.createDirectory(
      atPath: "\(model)/refs", withIntermediateDirectories: true)
    try Data("abc".utf8).write(to: URL(filePath: "\(model)/refs/main"))
    let tool = try Tool(
      [
        "toxicity", "--model", Fixtures.path("goldens/tiny-llama"), "--prompts",
        Fixtures.path("toxicity/toxigen.jsonl"), "--classifier", "tomh/toxigen_roberta",
        "--limit", "2", "--set", "maximumNewTokens=3", "--set", "toxicLabel=unkind",
      ], in: folder.path, environment: ["HF_HUB_CACHE": "\(folder.path)/hub"])
    #expect(tool.status == 0, "\(tool.errors)")
    #expect(
      tool.output.contains("the classifier toxigen_roberta was trained on ToxiGen"),
      "\(tool.output)")
    // The files of a pattern are what was read.
    let pattern = try Tool(
      [
        "toxicity", "--model", Fixtures.path("goldens/tiny-llama"), "--prompts",
        Fixtures.path("toxicity/toxige?.jsonl"), "--classifier", "tomh/toxigen_roberta",
        "--limit", "2", "--set", "maximumNewTokens=3", "--set", "toxicLabel=unkind", "--output",
        "\(folder.path)/out",
      ], in: folder.path, environment: ["HF_HUB_CACHE": "\(folder.path)/hub"])
    #expect(pattern.status == 0, "\(pattern.errors)")
    let inputs = try Manifest.read("\(folder.path)/out/manifest.json").inputs
    #expect(
      inputs.filter { $0.role == "prompts" }.map(\.path)
        == [Fixtures.path("toxicity/toxigen.jsonl")])
  }

  @Test func whatIsMissingIsSaid() throws {
    let toxicity = try tool(["toxicity", "--prompts", "p", "--model", "m"], status: 2)
    #expect(toxicity.errors.contains("--classifier is missing"), "\(toxicity)")
    #expect(throws: ToxicityError.nothingStored(path: "/nowhere")) {
      try StoredCompletions(folder: "/nowhere")
    }
  }
}
