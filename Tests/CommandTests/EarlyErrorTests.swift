import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import spunge_eval

/// What cannot be written, and what a later step would refuse, is told before any work.
@Suite struct EarlyErrorTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path }

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("file", "")
  }

  private func refused(_ arguments: [String], _ fragment: String) throws {
    do {
      var command = try SpungeEval.parseAsRoot(arguments)
      try command.run()
      Issue.record("\(arguments) ended well")
    } catch {
      let text = SpungeEval.fullMessage(for: error)
      #expect(text.contains(fragment), "\(text)")
    }
    #expect(try folder.names == ["file"], "\(arguments)")
  }

  @Test func labelOfTheClassifier() throws {
    try refused(
      [
        "toxicity", "--model", Fixtures.path("goldens/tiny-llama"), "--prompts",
        Fixtures.path("toxicity/toxigen.jsonl"), "--classifier", Fixtures.path("mini-roberta"),
        "--set", "toxicLabel=absent", "--work", "\(path)/work",
      ], "mini-roberta: ")
  }

  @Test func tokenizerOfTheClassifier() throws {
    let classifier = try TemporaryFolder()
    let copy = "\(classifier.path)/judge"
    try FileManager.default.copyItem(atPath: Fixtures.path("mini-roberta"), toPath: copy)
    for name in ["merges.txt", "vocab.json", "tokenizer.json"] {
      try? FileManager.default.removeItem(atPath: "\(copy)/\(name)")
    }
    try refused(
      [
        "toxicity", "--model", Fixtures.path("goldens/tiny-llama"), "--prompts",
        Fixtures.path("toxicity/toxigen.jsonl"), "--classifier", copy, "--set",
        "toxicLabel=unkind", "--work", "\(path)/work",
      ], "judge")
  }

  /// The folder is made last: a file in it would make it before its time.
  @Test func logInTheOutputOfUnlearning() throws {
    try refused(
      [
        "unlearn", "--base", "absent", "--forget", "absent", "--output", "\(path)/out", "--log",
        "\(path)/out/steps.jsonl",
      ], "\(path)/out/steps.jsonl: is inside an output folder")
  }

  /// By another name, too.
  @Test func outputsThatAreInputs() throws {
    let link = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: "\(link.path)/link.json", withDestinationPath: "\(path)/file")
    let (file, other) = ("\(path)/file", "\(link.path)/link.json")
    let commands = [
      ["tokenize", "--model", "absent", "--input", file, "--output"],
      ["loglikelihood", "--model", "absent", "--input", file, "--output"],
      ["generate", "--model", "absent", "--input", file, "--output"],
      ["classify", "--model", "absent", "--input", file, "--output"],
      ["perplexity", "--model", "absent", "--completions", file, "--output"],
      ["select", "--prompts", file, "--output"],
      ["unlearn", "--base", "absent", "--forget", file, "--output", "\(path)/out", "--log"],
      [
        "unlearn", "--base", "absent", "--forget", "x", "--retain", file, "--output", "\(path)/out",
        "--state",
      ],
      ["report", "--training-log", file, "--output"],
      ["baseline", "update", file, "--baseline"],
    ]
    try refused(
      [
        "merge", "--base", "absent", "--part", file, "--output", "\(path)/out", "--diagnostics",
        other,
      ], "\(other): would replace \(file), which is read")
    for command in commands {
      for output in [file, other] {
        try refused(command + [output], "\(output): would replace \(file), which is read")
      }
    }
  }

  @Test(arguments: ["file/below", "file"])
  func outputOfUnlearning(output: String) throws {
    let corpora = Fixtures.path("tiny/corpora")
    try refused(
      [
        "unlearn", "--method", "gradient_ascent", "--base", Fixtures.path("goldens/tiny-llama"),
        "--forget", "\(corpora)/forget.jsonl", "--output", "\(path)/\(output)",
      ], "\(path)/\(output): ")
  }

  @Test(arguments: ["--adapter-output", "--log", "--state"])
  func otherFilesOfUnlearning(option: String) throws {
    try refused(
      [
        "unlearn", "--base", "absent", "--forget", "absent", "--output", "\(path)/out", option,
        "\(path)/file/below",
      ], "\(path)/file/below: cannot create")
  }

  @Test(arguments: [
    ["merge", "--base", "absent", "--part", "absent", "--output"],
    ["export", "absent", "--output"],
    ["score", "--model", "absent", "--tasks", "x", "--output"],
    ["score", "--model", "absent", "--tasks", "x", "--work"],
    ["run", "absent.yaml", "--output"], ["run", "absent.yaml", "--work"],
    ["collect", "absent", "--output"], ["rescore", "absent", "--output"],
    ["reproduce", "--output"],
    ["toxicity", "--model", "absent", "--prompts", "absent", "--classifier", "absent", "--output"],
  ])
  func foldersBelowFiles(arguments: [String]) throws {
    try refused(arguments + ["\(path)/file/below"], "\(path)/file/below: cannot create")
  }

  /// A model's own file.
  @Test func outputsInsideOfInputsAreRefused() throws {
    let copy = try TemporaryFolder()
    let model = "\(copy.path)/model"
    try FileManager.default.copyItem(atPath: Fixtures.path("goldens/tiny-llama"), toPath: model)
    try refused(
      ["tokenize", "--model", model, "--input", "/dev/null", "--output", "\(model)/config.json"],
      "config.json")
  }

  @Test(arguments: [
    ["loglikelihood", "--model", "absent"], ["generate", "--model", "absent"],
    ["classify", "--model", "absent"],
    ["perplexity", "--model", "absent", "--completions", "absent"],
    ["select", "--prompts", "absent"],
  ])
  func filesThatAreFolders(arguments: [String]) throws {
    try refused(arguments + ["--output", path], "\(path): cannot write a file of this name")
  }
}
