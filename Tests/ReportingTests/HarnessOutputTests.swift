import Evaluation
import Formats
import Foundation
import PythonText
import TestSupport
import Testing

@testable import Reporting

/// Our files in the harness's layout against those that lm-evaluation-harness 0.4.13 wrote for the same
/// tasks and answers.
@Suite struct HarnessOutputTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static let tasks = [
    "village_choice", "village_easy", "village_write", "village_text", "village_next",
  ]

  private static func reference(_ task: String) -> String {
    Fixtures.path("village/reference/samples_\(task)_0.jsonl")
  }

  /// A model that answers what the reference's model answered.
  private func model(_ task: String) throws -> ScriptedModel {
    var sums: [String: LogLikelihoodAnswer] = [:]
    var texts: [String: String] = [:]
    for row in try DocumentFile.read(Self.reference(task)) {
      let arguments = try #require(row["arguments"]?.mappingValue).values
      let responses = try #require(row["resps"]?.items)
      for (argument, response) in zip(arguments, responses) {
        let fields = try #require(argument.mappingValue)
        let answer = try #require(response.items?.first)
        let parts = answer.items ?? [answer]
        let isText = fields["arg_1"] == nil
        let context = isText ? "" : try #require(fields["arg_0"]?.text)
        let continuation = try #require(fields[isText ? "arg_0" : "arg_1"])
        if continuation.mappingValue != nil {
          texts[context] = answer.text
        } else {
          sums[context + "\u{0}" + continuation.text] = LogLikelihoodAnswer(
            logLikelihood: try #require(Double(parts[0].text)),
            isGreedy: parts.last?.text == "True", tokens: 1)
        }
      }
    }
    let (answers, written) = (sums, texts)
    return ScriptedModel(
      answer: { request in
        answers[request.context + "\u{0}" + request.continuation]
          ?? LogLikelihoodAnswer(logLikelihood: .nan, isGreedy: false, tokens: 0)
      },
      write: { request in written[request.prompt] ?? "" })
  }

  private func scored(_ name: String) throws -> HarnessRun.ScoredTask {
    let index = try TaskIndex(folder: Fixtures.path("village/tasks"))
    let task = try #require(try index.tasks(named: name).first)
    let documents = try TaskDocuments.load(task, root: Fixtures.path("village/data"))
    let evaluator = try Evaluator(task: task, documents: documents)
    let samples = try evaluator.evaluate(with: try model(name))
    return HarnessRun.ScoredTask(
      evaluator: evaluator, samples: samples,
      scores: evaluator.scoreRecords(samples, model: "tiny"),
      splitCount: documents.evaluated.count)
  }

  private func run() throws -> HarnessRun {
    let tasks = try Self.tasks.map(scored)
    let groups = try TaskIndex(folder: Fixtures.path("village/tasks")).select(["village"]).groups
    return HarnessRun(
      tasks: tasks, groups: groups,
      groupScores: GroupScores.records(for: groups, from: tasks.flatMap(\.scores)),
      model: .init(name: "models/tiny:llama", computeType: "float32"),
      started: Date(timeIntervalSince1970: 1_700_000_000.5), seconds: 2.5)
  }

  /// Documents, prompts, answers, metrics and hashes, byte for byte.
  @Test(arguments: tasks)
  func sampleRowsAreTheSame(task: String) throws {
    var text = ""
    let hash = HarnessSamples(try scored(task)).write { text += $0 }
    let expected = try String(contentsOfFile: Self.reference(task), encoding: .utf8)
    for (ours, theirs) in zip(text.split(separator: "\n"), expected.split(separator: "\n")) {
      #expect(ours == theirs)
    }
    #expect(text == expected)
    let results = try JSONDocument.read(Fixtures.path("village/reference/results.json"))
    #expect(results.mappingValue?["task_hashes"]?.mappingValue?[task] == .string(hash))
  }

  @Test(arguments: [
    "results", "groups", "group_subtasks", "configs", "versions", "n-shot", "higher_is_better",
    "n-samples",
  ])
  func resultsAreTheSame(part: String) throws {
    let ours = HarnessResults(try run(), taskHashes: []).content[part]?.mappingValue
    let theirs = try JSONDocument.read(Fixtures.path("village/reference/results.json"))
      .mappingValue?[part]?.mappingValue
    #expect(ours?.keys == theirs?.keys)
    for name in theirs?.keys ?? [] {
      var value = try #require(ours?[name])
      if part == "configs" { value = withoutPlace(value) }
      let expected = try #require(theirs?[name])
      #expect(value.pythonJSON(indent: 2) == expected.pythonJSON(indent: 2))
    }
  }

  /// A configuration without what differs from machine to machine.
  private func withoutPlace(_ configuration: Value) -> Value {
    var fields = configuration.mappingValue ?? Mapping()
    let metadata = fields["metadata"]?.mappingValue ?? Mapping()
    let places: Set<String> = ["pretrained", "dtype", "config_source"]
    let kept = zip(metadata.keys, metadata.values).filter { !places.contains($0.0.text) }
    fields[.string("metadata")] = .mapping(Mapping(kept.map { ($0.text, $1) }))
    return .mapping(fields)
  }

  /// A document whose hash lm-evaluation-harness computed.
  @Test func documentHashIsTheHarnesss() {
    let document = Value.mapping(
      Mapping([
        ("question", .string("Is “x” ≥ 1?")), ("choices", .list([.string("a"), .string("b")])),
        ("answer", .integer(0)),
      ]))
    #expect(
      harnessHash(document.pythonJSON(indent: 2))
        == "9916122a9ba935ba895d248cc170bed40e591322fa22ae95e9c265fd6afa2ac0")
  }

  @Test func everyKeyIsThere() throws {
    var run = try run()
    run.settings.systemInstruction = "Be brief."
    let results = HarnessResults(run, taskHashes: [("village_easy", "ab")])
    let content = try #require(try JSONDocument.read(file(results.text)).mappingValue)
    #expect(
      content.keys.map(\.text) == [
        "results", "groups", "group_subtasks", "configs", "versions", "n-shot", "higher_is_better",
        "n-samples", "config", "git_hash", "date", "pretty_env_info", "transformers_version",
        "lm_eval_version", "upper_git_hash", "tokenizer_pad_token", "tokenizer_eos_token",
        "tokenizer_bos_token", "eot_token_id", "max_length", "task_hashes", "model_source",
        "model_name", "model_name_sanitized", "system_instruction", "system_instruction_sha",
        "fewshot_as_multiturn", "chat_template", "chat_template_sha",
        "total_evaluation_time_seconds", "spunge_eval",
      ])
    #expect(content["model_name_sanitized"] == .string("models__tiny__llama"))
    #expect(content["date"] == .float(1_700_000_000.5))
    #expect(content["lm_eval_version"] == .string("0.4.13"))
    #expect(content["total_evaluation_time_seconds"] == .string("2.5"))
    // sha256 of "Be brief."
    #expect(
      content["system_instruction_sha"]
        == .string("213c22ed7234eb11116e1e88f314c73cb3a019b5c87fe224b6ce5665bd9ec50e"))
  }

  private func file(_ text: String) throws -> String {
    try folder.write("\(UUID()).json", text)
  }

  /// Scores read back from the harness's own results.
  @Test func readsTheHarnesssResults() throws {
    let path = Fixtures.path("village/reference/results.json")
    let scores = try HarnessReader.scores(path: path, model: "theirs")
    let score = try #require(
      scores.first { $0.task == "village_choice" && $0.metric == "acc_norm" })
    #expect(score.value == 0.2 && score.fewShot == 2 && score.documents == 5)
    #expect(score.standardError == 0.20000000000000004)
    #expect(score.taskVersion == "1.5" && score.higherIsBetter)
    let filters = scores.filter { $0.task == "village_write" }.map(\.filter)
    #expect(filters == ["first-word", "whole"])
    let rolling = try #require(scores.first { $0.metric == "word_perplexity" })
    #expect(rolling.standardError == nil && !rolling.higherIsBetter)
  }

  /// Layouts of other versions; what each says about `arc_easy·acc`.
  static let layouts: [(text: String, model: String, fewShot: Int, documents: Int)] = [
    // 0.3
    (
      #"{"results": {"arc_easy": {"acc": 0.5, "acc_stderr": 0.01}}, "versions": {"arc_easy": 0}, "#
        + #""config": {"model": "hf-causal", "model_args": "pretrained=a/llama-3.1-8b,dtype=half", "#
        + #""num_fewshot": 5}}"#, "llama-3.1-8b", 5, 0
    ),
    // The leaderboard of that time
    (
      #"{"results": {"arc_easy": {"acc": 0.5, "acc_stderr": 0.01, "sample_len": 7}}, "#
        + #""config_general": {"model_name": "a/isle-1.5"}}"#, "isle-1.5", 0, 7
    ),
    // 0.4.0
    (
      #"{"results": {"arc_easy": {"acc,none": 0.5, "acc_stderr,none": 0.01, "alias": "arc_easy"}}, "#
        + #""n-shot": {"arc_easy": 2}, "config": {"model_args": "pretrained=b"}}"#, "b", 2, 0
    ),
    // 0.4.3
    (
      #"{"results": {"arc_easy": {"acc,none": 0.5, "acc_stderr,none": 0.01, "alias": "arc_easy"}}, "#
        + #""n-samples": {"arc_easy": {"original": 9, "effective": 8}}, "model_name": "c/d.gguf"}"#,
      "d", 0, 8
    ),
  ]

  @Test(arguments: layouts)
  func otherLayoutsAreRead(text: String, model: String, fewShot: Int, documents: Int) throws {
    let scores = try HarnessReader.scores(path: try file(text))
    #expect(scores.map(\.metric) == ["acc"] && scores.map(\.filter) == ["none"])
    let score = try #require(scores.first)
    #expect(score.value == 0.5 && score.standardError == 0.01 && score.higherIsBetter)
    #expect(score.model == model && score.fewShot == fewShot && score.documents == documents)
  }

  @Test func leaderboardsWriteExamplesBehindTheTask() throws {
    let path = try file(
      #"{"results": {"harness|arc:challenge|25": {"acc": 0.5, "ppl": 3}, "all": {"acc": 0.5}}}"#)
    let scores = try HarnessReader.scores(path: path)
    #expect(scores.map(\.fewShot) == [25, 25, 0])
    #expect(scores.map(\.higherIsBetter) == [true, false, true])
  }

  @Test(arguments: [
    #"{"results": {}}"#, #"{"results": {"arc_easy": {"alias": "arc_easy", "sample_len": 0}}}"#,
    #"{"results": {"arc_easy": {"acc": "n/a"}, "x": 3}}"#,
  ])
  func resultsWithoutScoresAreAnError(text: String) throws {
    let path = try file(text)
    let error = #expect(throws: ReadingError.self) { try HarnessReader.scores(path: path) }
    #expect(error?.description.contains("\(path): cannot be read: no row of 'results'") == true)
  }

  /// Right choice and probabilities; and read back, as a list or as NumPy prints it.
  @Test func brierScoresAreWrittenAndReadAsTheHarnesss() throws {
    let task = try EvaluationTask(
      TaskFile(
        path: try folder.write(
          "b.yaml",
          "task: b\ndataset_path: b\ntest_split: test\noutput_type: multiple_choice\n"
            + "doc_to_text: q\ndoc_to_choice: [x, y]\ndoc_to_target: 1\n"
            + "metric_list: [{metric: brier_score}, {metric: acc}]\n")))
    let evaluator = try Evaluator(
      task: task, documents: TaskDocuments(evaluated: [Document([("q", .string("?"))])]),
      settings: EvaluationSettings())
    let answers = [-1.0, -1 - 3.0.squareRoot()].map {
      LogLikelihoodAnswer(logLikelihood: $0, isGreedy: false, tokens: 1)
    }
    let blank = SampleRecord(
      task: "b", documentID: 0, target: "1", answers: answers, outcomes: [],
      promptDigest: evaluator.questions[0].promptDigest)
    let samples = try evaluator.rescore([blank])
    let score = try #require(samples[0].value("brier_score"))
    var text = ""
    let scored = HarnessRun.ScoredTask(
      evaluator: evaluator, samples: samples, scores: [], splitCount: 1)
    _ = HarnessSamples(scored).write { text += $0 }
    let row = try #require(try JSONDocument.read(try file(text)).mappingValue)
    #expect(row["metrics"]?.text == "['acc', 'brier_score']")
    let share = 1 / (1 + exp(-3.0.squareRoot()))
    let written = try #require(row["brier_score"]?.items)
    #expect(written[0] == .integer(1))
    for (ours, theirs) in zip(written[1].items ?? [], [share, 1 - share]) {
      expectClose(ours.doubleValue ?? .nan, theirs, absolute: 1e-12)
    }
    for row in [
      text,
      text.replacing(
        /"brier_score": \[1, .*?\]\]/, with: #""brier_score": [1, "[0.84968 0.15032]"]"#),
    ] {
      let path = try folder.write("samples_b_0.jsonl", row)
      let read = try HarnessSampleFile.scored(path: path, task: "b")[0].value("brier_score")
      expectClose(read ?? .nan, score, absolute: 1e-4)
    }
  }

  /// What the harness writes of answers that nobody scores.
  @Test(arguments: [("village_write", 5), ("village_choice", 0)])
  func predictionsAreWrittenAsTheHarnessDoes(task: String, count: Int) throws {
    var run = try run()
    run.settings.predictsOnly = true
    run.tasks = run.tasks.filter { $0.evaluator.task.name == task }
    let row = HarnessResults(run, taskHashes: []).content["results"]?.mappingValue?[task]?
      .mappingValue
    #expect(row?["sample_len"] == .integer(count))
    let names = row?.keys.map(\.text).filter { $0.contains(",") } ?? []
    #expect(
      names
        == (count == 0
          ? []
          : [
            "bypass,first-word", "bypass_stderr,first-word", "bypass,whole", "bypass_stderr,whole",
          ]))
    #expect(count == 0 || row?["bypass,whole"] == .integer(999))
    var lines: [String] = []
    _ = HarnessSamples(run.tasks[0], predictsOnly: true).write { lines.append($0) }
    #expect(lines.allSatisfy { $0.contains(count == 0 ? #""metrics": []"# : #""bypass": null"#) })
  }

  /// The harness's stored answers with today's task file give the harness's scores.
  @Test(arguments: tasks)
  func rescoresTheHarnesssSamples(name: String) throws {
    let stored = try HarnessSampleFile(path: Self.reference(name))
    #expect(stored.task == name)
    let index = try TaskIndex(folder: Fixtures.path("village/tasks"))
    let task = try #require(try index.tasks(named: name).first)
    let evaluator = try stored.evaluator(task, settings: EvaluationSettings())
    let samples = try evaluator.rescore(try stored.records(for: evaluator))
    let expected = try HarnessReader.scores(
      path: Fixtures.path("village/reference/results.json"), model: "theirs")
    for score in evaluator.scoreRecords(samples, model: "ours") {
      let other = try #require(
        expected.first { $0.task == name && $0.metric == score.metric && $0.filter == score.filter }
      )
      expectClose(score.value ?? .nan, other.value ?? .nan, absolute: 1e-9, score.metric)
    }
  }

  @Test func otherContinuationsAreRefused() throws {
    let stored = try HarnessSampleFile(path: Self.reference("village_next"))
    let index = try TaskIndex(folder: Fixtures.path("village/tasks"))
    let task = try #require(try index.tasks(named: "village_next").first)
    let evaluator = try Evaluator(
      task: task,
      documents: TaskDocuments(
        evaluated: [Document([("text", .string("The bell rings twice"))])]))
    #expect(throws: HarnessSampleError.self) { try stored.records(for: evaluator) }
  }

  @Test(arguments: [
    ("{}", "1:1"), ("{\"doc_id\": 0, \"doc\": {}, \"arguments\": {}}", "1:1"),
    (
      "{\"doc_id\": 0, \"doc\": {}, \"arguments\": {\"gen_args_0\": {\"arg_0\": \"\"}}, "
        + "\"resps\": [[\"x\"]]}", "1:1"
    ),
  ])
  func rowsThatAreNoSamplesAreNamed(row: String, place: String) throws {
    let path = try file(row).replacingOccurrences(of: ".json", with: ".jsonl")
    try row.write(toFile: path, atomically: true, encoding: .utf8)
    #expect {
      try HarnessSampleFile(path: path)
    } throws: { error in "\(error)".contains("\(path):\(place): not a sample") }
  }

  @Test(arguments: [
    ("a/b:c", "a__b__c"), ("/x//y", "__x__y"), ("plain-1.5", "plain-1.5"), ("a[*]?b", "a__b"),
  ])
  func foldersAreCalledAsTheHarnessCallsThem(model: String, folder: String) {
    #expect(HarnessFiles.sanitized(model) == folder)
    let date = Date(timeIntervalSince1970: 0)
    let files = HarnessFiles(outputPath: "out", model: model, date: date)
    #expect(files.folder.hasSuffix("/out/\(folder)"))
    let named = HarnessFiles(outputPath: "out/run.json", model: model, date: date)
    #expect(named.results.contains("/out/run_1") && named.results.hasSuffix("-00.000000.json"))
  }
}
