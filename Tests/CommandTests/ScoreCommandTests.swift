import ArgumentParser
import Evaluation
import Formats
import Foundation
import Reporting
import Spunge
import TestSupport
import Testing

@testable import spunge_eval

/// `score`, `rescore` and `table` as they are called, on the random model and the village.
@Suite struct ScoreCommandTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID())").path

  private var village: [String] {
    [
      "--include-path", Fixtures.path("village/tasks"), "--data", Fixtures.path("village/data"),
    ]
  }

  private func score(_ arguments: [String]) throws {
    let command = try Score.parse(
      ["--model", Fixtures.path("goldens/tiny-llama"), "--work", "\(folder)/work"] + village
        + arguments)
    try command.run()
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
  }

  private func rows(_ path: String) throws -> [Document] { try DocumentFile.read(path) }

  @Test func writesTheHarnesssLayout() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try score([
      "--tasks", "village_choice,village_text", "--output-path", "\(folder)/out", "--log-samples",
    ])
    let files = try names("\(folder)/out").filter { $0.hasSuffix("json") || $0.hasSuffix("jsonl") }
    #expect(files.count == 3)
    let model = HarnessFiles.sanitized(Fixtures.path("goldens/tiny-llama"))
    #expect(files.allSatisfy { $0.hasPrefix("\(model)/") })
    let reference = try HarnessReader.scores(
      path: Fixtures.path("village/reference/results.json"), model: "theirs")
    let results = try #require(files.first { $0.contains("results_") })
    let scores = try HarnessReader.scores(path: "\(folder)/out/\(results)")
    #expect(scores.count == 5)
    for score in scores {
      let other = try #require(
        reference.first { $0.task == score.task && $0.metric == score.metric })
      let value = other.value ?? .nan
      expectClose(score.value ?? .nan, value, absolute: 1e-6 * max(1, value), score.metric)
    }
    for task in ["village_choice", "village_text"] {
      let file = try #require(files.first { $0.contains("samples_\(task)_") })
      let ours = try rows("\(folder)/out/\(file)")
      let theirs = try rows(Fixtures.path("village/reference/samples_\(task)_0.jsonl"))
      #expect(ours.count == theirs.count)
      for (our, their) in zip(ours, theirs) {
        #expect(our.columns == their.columns)
        for column in ["doc", "doc_hash", "prompt_hash", "target_hash", "arguments"] {
          #expect(our[column] == their[column])
        }
      }
    }
  }

  @Test func rescoresOwnAnswersAndOnlyThem() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try score(["--tasks", "village_choice", "--output", "\(folder)/own", "--name", "tiny"])
    let scores = try String(contentsOfFile: "\(folder)/own/scores.jsonl", encoding: .utf8)
    func rescore(_ arguments: [String]) throws {
      let command = try Rescore.parse(["\(folder)/own"] + village + arguments)
      try command.run()
    }
    try rescore(["--output", "\(folder)/again"])
    #expect(
      try String(contentsOfFile: "\(folder)/again/scores.jsonl", encoding: .utf8) == scores)
    #expect(throws: StoredAnswersError.self) { try rescore(["--num-fewshot", "1"]) }
  }

  @Test func rescoresTheHarnesssAnswers() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let answers = Fixtures.path("village/reference/samples_village_choice_0.jsonl")
    let rescored = try Tool(
      ["rescore", answers] + village + ["--output", "\(folder)/new"], in: NSTemporaryDirectory())
    #expect(rescored.status == 0, "\(rescored.errors)")
    let scores = try JSONLinesInput(path: "\(folder)/new/scores.jsonl").rows(ScoreRecord.self)
    #expect(scores.map(\.metric) == ["acc", "acc_norm"] && scores.map(\.value) == [0, 0.2])
  }

  @Test func predictionsAreKeptWithoutScores() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try score([
      "--tasks", "village_easy", "--predict-only", "--output-path", "\(folder)/out", "--limit",
      "0.4",
    ])
    let files = try names("\(folder)/out")
    let results = try #require(files.first { $0.contains("results_") })
    // There is nothing to make a table of.
    #expect(throws: ReadingError.self) {
      try HarnessReader.scores(path: "\(folder)/out/\(results)")
    }
    let samples = try #require(files.first { $0.contains("samples_") })
    let predictions = try rows("\(folder)/out/\(samples)")
    #expect(predictions.count == 2 && predictions[0]["metrics"] == .list([]))
    let content = try JSON.read("\(folder)/out/\(results)").mapping
    let counts = content?["n-samples"]?.mapping?["village_easy"]?.mapping
    #expect(counts?["original"] == .integer(5) && counts?["effective"] == .integer(0))
    #expect(content?["config"]?.mapping?["limit"] == .float(0.4))
  }

  @Test func integrityCheckCountsEverything() throws {
    var selection = TaskSelectionOptions()
    selection.names = ["village_easy", "village_next"]
    selection.folder = TaskFolderOptions()
    selection.folder.folders = [Fixtures.path("village/tasks")]
    let plan = try TaskPlan(
      selection, try EvaluationOptions.parse([]), root: Fixtures.path("village/data"),
      countsSplits: true)
    let check = IntegrityCheck(plan)
    #expect(check.lines.count == 2)
    #expect(check.lines[0].hasPrefix("village_easy: 5 of 5 documents of 'test' rendered, 20 req"))
    #expect(plan.firstPrompts.contains("── continuation: \" dry barley\""))
  }

  @Test(arguments: [
    (["--log-samples"], "--log-samples needs --output-path"),
    (["--predict-only"], "--predict-only needs --output or --output-path"),
    (["--gen-kwargs", "until"], "--gen-kwargs: generation arguments 'until': expected name=value"),
    (["--limit", "1.5"], "--limit"), (["--limit", "0"], "--limit"), (["--seed", "1,2"], "--seed"),
    (["--write-out", "--json"], "--write-out and --json"),
    (["--limit", "2", "--samples", "{}"], "--limit and --samples"),
    (["--samples", "{[}"], "--samples"),
    (["--fewshot-as-multiturn"], "--fewshot-as-multiturn needs --apply-chat-template"),
    (["--num-fewshot=-1"], "--num-fewshot is -1; it must be a whole number from 0 to 100000"),
  ])
  func optionsThatMakeNoSense(arguments: [String], message: String) {
    #expect {
      try Score.parse(["--model", "m", "--tasks", "t"] + arguments)
    } throws: { error in Score.message(for: error).contains(message) }
  }

  @Test func optionsMayBeSpelledAsInTheHarness() throws {
    let arguments = try HarnessSpelling.translated([
      "--tasks", "a_b,c", "d", "--num_fewshot=5", "--gen_kwargs", "until=['_']", "--model",
      "my_model", "--seed", "0,1,2,7", "--output_path=my_out",
    ])
    let command = try Score.parse(arguments)
    #expect(command.selection.patterns == ["a_b", "c", "d"])
    #expect(command.evaluation.numFewshot == 5 && command.evaluation.seed.value == 7)
    #expect(command.options.model == "my_model" && command.results.outputPath == "my_out")
    #expect(try HarnessSpelling.translated(["--", "--a_b"]) == ["--", "--a_b"])
    let chat = try HarnessSpelling.translated([
      "--apply_chat_template", "tool_use", "--fewshot_as_multiturn", "False", "--log_samples",
    ])
    #expect(
      chat == [
        "--chat-template", "tool_use", "--no-fewshot-as-multiturn", "--log-samples",
      ])
    #expect(
      try HarnessSpelling.translated(["--apply_chat_template", "--fewshot_as_multiturn", "true"])
        == ["--apply-chat-template", "--fewshot-as-multiturn"])
  }

  @Test func commandsOfTheHarnessMayBeCopied() throws {
    var notes: [String] = []
    let arguments = try HarnessSpelling.translated(
      [
        "score", "--model", "hf", "--model_args",
        "pretrained=my_model,dtype=bfloat16,trust_remote_code=True",
        "--tasks", "a,b", "--batch_size", "auto:4", "-b", "8", "--device", "cuda:0",
        "--num_fewshot", "2",
        "--use_cache", "cache", "--cache_requests", "true", "--verbosity", "DEBUG", "--show_config",
        "--trust_remote_code", "--wandb_args", "project=x", "--metadata", "{\"a\": 1}", "--seed",
        "None",
        "--max_batch_size", "16", "--limit", "3",
      ], note: { notes.append($0) })
    #expect(
      arguments == [
        "score", "--tasks", "a,b", "--num-fewshot", "2", "--limit", "3", "--model", "my_model",
        "--dtype",
        "bfloat16",
      ])
    #expect(notes.count == 13, "\(notes)")
    for refused in ["load_in_4bit=True", "peft=adapter", "add_bos_token=True"] {
      #expect(throws: HarnessSpellingError.self) {
        try HarnessSpelling.translated([
          "score", "--model", "hf", "--model_args", "pretrained=m,\(refused)",
        ])
      }
    }
  }

  @Test func optionsMayStandInAFile() throws {
    let path = NSTemporaryDirectory() + "spunge-\(UUID().uuidString).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "model: hf\nmodel_args: {pretrained: m}\ntasks: [a, b]\nlog_samples: true\nlimit: null\n"
      .write(
        toFile: path, atomically: true, encoding: .utf8)
    #expect(
      try HarnessSpelling.translated(["score", "--config", path, "-f", "1"]) == [
        "score", "--tasks", "a,b", "--log-samples", "-f", "1", "--model", "m",
      ])
  }

  /// Chosen documents keep their positions, and are rescored as what they are.
  @Test func samplesChooseDocuments() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try score([
      "--tasks", "village_choice,village_easy", "--samples", "{\"village_choice\": [4, 1]}",
      "--output", "\(folder)/own", "--name", "tiny",
    ])
    func ids(_ folder: String, _ task: String) throws -> [Int] {
      try JSONLinesInput(path: "\(folder)/samples/tiny/\(task).jsonl").rows(SampleRecord.self)
        .map(\.documentID)
    }
    #expect(try ids("\(folder)/own", "village_choice") == [1, 4])
    #expect(try ids("\(folder)/own", "village_easy") == [0, 1, 2, 3, 4])
    let command = try Rescore.parse(["\(folder)/own"] + village + ["--output", "\(folder)/new"])
    try command.run()
    #expect(try ids("\(folder)/new", "village_choice") == [1, 4])
    #expect(throws: ValidationError.self) {
      try score(["--tasks", "village_easy", "--samples", "{\"village_easy\": [5]}"])
    }
  }

  @Test(arguments: [("0.1", 11, 2), ("0.5", 10, 5), ("3", 10, 3), ("200.0", 10, 200)])
  func limitsCountDocuments(text: String, count: Int, expected: Int) {
    #expect(Limit(argument: text)?.documents(of: count) == expected)
  }
}
