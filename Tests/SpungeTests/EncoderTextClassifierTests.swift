import Evaluation
import Foundation
import LanguageModels
import Spunge
import Tensors
import TestSupport
import Testing

/// The classifier of the fixture with a tokenizer of letters.
@Suite struct EncoderTextClassifierTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let files = FileManager.default
    for name in ["config.json", "model.safetensors"] {
      try files.copyItem(
        atPath: Fixtures.path("tiny-roberta/\(name)"), toPath: "\(folder.path)/\(name)")
    }
    // ids: 0 <s>, 1 <pad>, 2 </s>, 3 <unk>, 4 a … 29 z, 30 Ġ, 31 ab
    let letters = (0..<26).map { String(UnicodeScalar(UInt8(97 + $0))) }
    let tokens = ["<s>", "<pad>", "</s>", "<unk>"] + letters + ["\u{120}", "ab"]
    let entries = tokens.enumerated().map { "\"\($1)\": \($0)" }
    try folder.write("vocab.json", "{\(entries.joined(separator: ", "))}")
    try folder.write("merges.txt", "#version: 0.2\na b\n")
  }

  @Test func equalTextsAreJudgedOnce() throws {
    let classifier = try StoredClassifier(path: folder.path).load()
    #expect(classifier.labels == ["LABEL_0", "LABEL_1", "LABEL_2"])
    var answers: [Int: Classification] = [:]
    try classifier.classify(["abc", "x", "abc", ""]) { answers[$0] = $1 }
    #expect(answers.count == 4)
    #expect(answers[0] == answers[2])
    #expect(answers[0] != answers[1])
    for answer in answers.values {
      expectClose(answer.probabilities.reduce(0, +), 1, absolute: 1e-12)
      #expect(answer.truncatedTokens == 0)
    }
  }

  /// What transformers' text-classification pipeline makes of the same logits.
  @Test func probabilitiesFollowTheProblem() throws {
    let config = try String(contentsOfFile: "\(folder.path)/config.json", encoding: .utf8)
    func classification(_ problem: String) throws -> Classification {
      try folder.write(
        "config.json",
        config.replacing("{", with: "{\"problem_type\": \"\(problem)\",", maxReplacements: 1))
      var result: Classification?
      try EncoderTextClassifier(ClassifierDirectory.open(folder.path))
        .classify(["abc"]) { result = $1 }
      return try #require(result)
    }
    let single = try classification("single_label_classification")
    expectClose(single.probabilities.reduce(0, +), 1, absolute: 1e-12)
    let multiple = try classification("multi_label_classification")
    #expect(multiple.logits == single.logits)
    for (probability, logit) in zip(multiple.probabilities, multiple.logits) {
      expectClose(probability, 1 / (1 + exp(-Double(logit))), absolute: 1e-15)
    }
    #expect(try classification("regression").probabilities == [])
    let error = #expect(throws: ModelError.self) { try StoredClassifier(path: folder.path) }
    #expect(error?.description.contains("'problem_type' is 'regression'") == true)
  }

  @Test func textsAreCutAndCounted() throws {
    let classifier = try EncoderTextClassifier(
      ClassifierDirectory.open(folder.path))
    #expect(try classifier.encode("ab c").tokens == [0, 31, 30, 6, 2])
    let long = try classifier.encode(String(repeating: "x", count: 30))
    #expect(long.tokens == [0] + [Int32](repeating: 27, count: 18) + [2])
    #expect(long.truncatedTokens == 12)
  }

  /// Ids by transformers 5.24's AutoTokenizer, cut to 20.
  @Test(arguments: ["right", "left"])
  func tokenizersSayWhatGoesAroundTexts(side: String) throws {
    let vocabulary = try String(contentsOfFile: "\(folder.path)/vocab.json", encoding: .utf8)
    let bytes = #"{"type": "ByteLevel", "add_prefix_space": false}"#
    let around = ["a", "b", "c"].map { #"{"SpecialToken": {"id": "\#($0)"}}"# }
    let tokens = #"{"a": {"ids": [4]}, "b": {"ids": [5]}, "c": {"ids": [6]}}"#
    try folder.write(
      "tokenizer.json",
      #"""
      {"pre_tokenizer": \#(bytes), "decoder": \#(bytes), "added_tokens": [],
       "post_processor": {
         "type": "TemplateProcessing", "special_tokens": \#(tokens),
         "single": [\#(around[0]), {"Sequence": {"id": "A"}}, \#(around[1]), \#(around[2])]},
       "model": {"type": "BPE", "vocab": \#(vocabulary), "merges": ["a b"]}}
      """#)
    try folder.write(
      "tokenizer_config.json",
      #"{"tokenizer_class": "PreTrainedTokenizerFast", "truncation_side": "\#(side)"}"#)
    let classifier = try EncoderTextClassifier(ClassifierDirectory.open(folder.path))
    #expect(try classifier.encode("ab c").tokens == [4, 31, 30, 6, 5, 6])
    let long = try classifier.encode("ab" + String(repeating: "x", count: 30))
    let start: [Int32] = side == "left" ? [4, 27] : [4, 31]
    #expect(long.tokens == start + [Int32](repeating: 27, count: 16) + [5, 6])
    #expect(long.truncatedTokens == 14)
  }
}
