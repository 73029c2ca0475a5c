import Evaluation
import Foundation
import Spunge
import SpungeTestSupport
import TestSupport
import Testing

/// What a classifier's tokenizer puts around texts, told before anything is completed.
@Suite struct ClassifierTokenizerTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The fixture's classifier with a tokenizer.json.
  /// - Parameter around: special tokens before a text; RobertaTokenizer has one before and one behind it.
  private func classifier(_ around: [String]) throws -> String {
    let path = "\(folder.path)/judge"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for name in ["config.json", "model.safetensors"] {
      try FileManager.default.copyItem(
        atPath: Fixtures.path("mini-roberta/\(name)"), toPath: "\(path)/\(name)")
    }
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: Fixtures.path("mini-roberta/\(name)"), encoding: .utf8)
    }
    let merges = try text("merges.txt").split(separator: "\n").dropFirst().map(String.init)
    let bytes = #"{"type": "ByteLevel", "add_prefix_space": false}"#
    let specials = around.map { #"{"SpecialToken": {"id": "\#($0)"}}, "# }.joined()
    try folder.write(
      "judge/tokenizer.json",
      #"""
      {"pre_tokenizer": \#(bytes), "decoder": \#(bytes), "added_tokens": [],
       "post_processor": {
         "type": "TemplateProcessing", "special_tokens": {"<s>": {"ids": [0]}},
         "single": [\#(specials){"Sequence": {"id": "A"}}]},
       "model": {"type": "BPE", "vocab": \#(try text("vocab.json")),
                 "merges": \#(String(decoding: try JSONEncoder().encode(merges), as: UTF8.self))}}
      """#)
    try folder.write("judge/tokenizer_config.json", #"{"tokenizer_class": "RobertaTokenizer"}"#)
    return path
  }

  private func toxicity(_ classifier: String, _ settings: [String]) throws -> Tool {
    try Tool(
      [
        "toxicity", "--model", Fixtures.path("goldens/tiny-llama"), "--prompts",
        Fixtures.path("toxicity/toxigen.jsonl"), "--classifier", classifier, "--limit", "2",
        "--set", "maximumNewTokens=3", "--set", "toxicLabel=unkind", "--output",
        "\(folder.path)/out", "--work", "\(folder.path)/kept",
      ] + settings.flatMap { ["--set", $0] }, in: folder.path)
  }

  private func pipeline(_ classifier: String, _ settings: String = "") throws -> SpungePipeline {
    let scoring =
      "  toxicity: { prompts: \(Fixtures.path("toxicity/toxigen.jsonl")), limit: 2, classifier: \(classifier), "
      + "settings: { toxicLabel: unkind, maximumNewTokens: 3\(settings) } }\n"
    return try TinyExperiment.pipeline(
      try TinyExperiment.read {
        $0.replacing("table:", with: scoring + "table:")
          .replacing("[base, monolithic, spunge]", with: "[base]")
      }, folder.path)
  }

  @Test func emptyCompletionsNeedAToken() throws {
    let bare = try classifier([])
    let tool = try toxicity(bare, ["emptyCompletions=classified"])
    #expect(tool.status == 2 && tool.errors.contains("\(bare): the classifier's tokenizer puts no"))
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/kept/answers"))
    #expect(throws: ToxicityError.noTokens) {
      try Planner().plan(try pipeline(bare, ", emptyCompletions: classified"))
    }
    // Elsewhere it can judge.
    let judged = try toxicity(bare, ["emptyCompletions=excluded"])
    #expect(judged.status == 0, "\(judged.errors)")
    _ = try Planner().plan(
      try pipeline(bare, ", emptyCompletions: classified, judgedText: prompt_and_completion"))
  }

  /// As `classify` prints them.
  @Test func notesAreOnRecord() throws {
    let odd = try classifier(["<s>"])
    let words = "its post-processor decides what goes around texts"
    try folder.write("rows.jsonl", "{\"text\": \"the kind\"}\n")
    let classified = try Tool(
      ["classify", "--model", odd, "--input", "rows.jsonl"], in: folder.path)
    let note = try #require(classified.errors.split(separator: "\n").first { $0.contains(words) })
    let tool = try toxicity(odd, [])
    #expect(tool.status == 0, "\(tool.errors)")
    #expect(tool.errors.split(separator: "\n").contains(note), "\(tool.errors)")
    #expect(
      try Manifest.read("\(folder.path)/out/manifest.json").warnings.contains {
        $0.contains(words)
      })
    _ = try pipeline(odd).run()
    #expect(
      try Manifest.read("\(folder.path)/results/manifest.json").warnings.contains {
        $0.contains(words)
      })
  }
}
