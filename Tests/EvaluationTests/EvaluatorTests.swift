import Evaluation
import Formats
import Foundation
import PythonText
import Synchronization
import TestSupport
import Testing

/// Whole evaluations of small invented tasks.
@Suite struct EvaluatorTests {
  static let isles = (0..<4).map { index in
    Document([
      ("question", .string("What lies off isle \(index)?")), ("answer", .integer(index % 2)),
      ("options", .list([.string("a reef"), .string("the long grey bay")])),
      ("kinds", .mapping(Mapping([("label", .list([.string("1"), .string("2")]))]))),
      ("key", .string("\(index % 2 + 1)")), ("all", .list([.integer(0), .integer(1)])),
    ])
  }

  static func task(_ lines: String, type: String = "multiple_choice") throws -> EvaluationTask {
    let folder = try TemporaryFolder([
      "isles.yaml": "task: isles\ndataset_path: sea/isles\ntest_split: test\noutput_type: \(type)\n"
        + lines
    ])
    return try EvaluationTask(TaskFile(path: folder.file("isles.yaml")))
  }

  static func evaluator(
    _ lines: String, type: String = "multiple_choice", documents: [Document] = isles,
    examples: [Document] = [], settings: EvaluationSettings = EvaluationSettings()
  ) throws -> Evaluator {
    try Evaluator(
      task: task(lines, type: type),
      documents: TaskDocuments(evaluated: documents, examples: examples), settings: settings)
  }

  static let quiz = "doc_to_text: question\ndoc_to_choice: options\ndoc_to_target: answer\n"

  /// Target and choices in every form that the dialect has, with the metrics of isle 1.
  static let forms: [(String, [String: Double])] = [
    (quiz, ["acc": 0, "acc_norm": 1]),
    (
      "doc_to_text: \"{{question}}\"\ndoc_to_choice: \"{{options}}\"\ndoc_to_target: \"{{answer}}\"\n",
      ["acc": 0, "acc_norm": 1]
    ),
    (
      "doc_to_text: \"{{question}}\"\ndoc_to_choice: \"{{[options[0], options[1]]}}\"\n"
        + "doc_to_target: \"{{kinds.label.index(key)}}\"\n", ["acc": 0, "acc_norm": 1]
    ),
    (
      "doc_to_text: question\ndoc_to_choice: {x: a reef, y: the long grey bay}\n"
        + "doc_to_target: \"{{ options[answer] }}\"\n", ["acc": 0, "acc_norm": 1]
    ),
    (
      "doc_to_text: question\ndoc_to_choice: [a reef, the long grey bay]\ndoc_to_target: 0\n",
      ["acc": 1, "acc_norm": 0]
    ),
    (
      "doc_to_text: question\ndoc_to_choice: options\ndoc_to_target: all\n",
      ["acc": 1, "acc_norm": 1]
    ),
    (
      "doc_to_text: question\ndoc_to_choice: options\ndoc_to_target: \"[{{answer}}, 7]\"\n",
      ["acc": 0, "acc_norm": 1]
    ),
    (
      "doc_to_text: question\ndoc_to_choice: options\ndoc_to_target: \"a cliff\"\n"
        + "metric_list: [{metric: acc}, {metric: acc_bytes}, {metric: exact_match}]\n",
      ["acc": 0, "acc_bytes": 0, "exact_match": 0]
    ),
  ]

  @Test(arguments: forms) func multipleChoice(lines: String, metrics: [String: Double]) throws {
    let evaluator = try Self.evaluator(lines)
    #expect(evaluator.questions.map(\.requestCount) == [2, 2, 2, 2])
    guard case .logLikelihoods(let requests) = evaluator.questions[1].requests else {
      Issue.record("multiple choice asks for log-likelihoods")
      return
    }
    #expect(
      requests == [
        LogLikelihoodRequest(context: "What lies off isle 1?", continuation: " a reef"),
        LogLikelihoodRequest(context: "What lies off isle 1?", continuation: " the long grey bay"),
      ])
    #expect(try evaluator.evaluate(with: ScriptedModel())[1].outcomes == [.init(metrics: metrics)])
  }

  /// Normalised scores divide by the length of the choice without its delimiter.
  @Test func normalisationChangesTheChoice() throws {
    let model = ScriptedModel(answer: { request in
      let isLong = request.continuation.hasSuffix("bay")
      return LogLikelihoodAnswer(logLikelihood: isLong ? -8 : -6, isGreedy: isLong, tokens: 1)
    })
    let evaluator = try Self.evaluator(Self.quiz)
    let records = try evaluator.evaluate(with: model)
    #expect(records.map { $0.value("acc") } == [1, 0, 1, 0])
    #expect(records.map { $0.value("acc_norm") } == [0, 1, 0, 1])
    let scores = evaluator.scoreRecords(records, model: "base")
    #expect(scores.map(\.metric) == ["acc", "acc_norm"])
    #expect(scores.map(\.value) == [0.5, 0.5])
    expectClose(scores[0].standardError ?? .nan, (1.0 / 3).squareRoot() / 2, absolute: 1e-15)
  }

  @Test func storedAnswersAreScoredByTodaysMetrics() throws {
    let records = try Self.evaluator(Self.quiz).evaluate(with: ScriptedModel())
    let changed = try Self.evaluator(Self.quiz + "metric_list: [{metric: acc_bytes}]\n")
    let rescored = try changed.rescore(Array(records.reversed()))
    #expect(rescored.map(\.answers) == records.map(\.answers))
    #expect(rescored.map(\.outcomes[0].metrics) == [0, 1, 0, 1].map { ["acc_bytes": $0] })

    func message(_ evaluator: Evaluator, _ records: [SampleRecord]) -> String {
      let error = #expect(throws: TaskError.self) { try evaluator.rescore(records) }
      return error?.description ?? ""
    }
    #expect(message(changed, Array(records.prefix(3))).contains("document 3: there is no stored"))
    let other = try Self.evaluator(Self.quiz + "target_delimiter: \"\"\n")
    #expect(
      message(other, records).contains("document 0: the stored answer does not fit: the prom"))
    var cut = records
    cut[2].answers.removeLast()
    #expect(message(changed, cut).contains("document 2:"))
    #expect(message(changed, cut).contains("1 answers to 2 requests"))
  }

  /// Each request is asked as often as `repeats` says, and every pipeline sees all the texts.
  @Test func repeatsAreVotedOn() throws {
    let evaluator = try Self.evaluator(
      """
      doc_to_text: question
      doc_to_target: "{{key}}"
      repeats: 3
      filter_list:
        - {name: first, filter: [{function: take_first}]}
        - name: vote
          filter: [{function: regex, regex_pattern: "is (\\\\d)"}, {function: majority_vote},
            {function: take_first}]
      metric_list: [{metric: exact_match}]

      """, type: "generate_until")
    let texts = Mutex(["1", "it is 2", "is 2", "is 1", "2", "is 1", "x", "y", "z", "", "", ""])
    let model = ScriptedModel(write: { _ in texts.withLock { $0.removeLast() } })
    let records = try evaluator.evaluate(with: model)
    #expect(records[0].texts == ["1", "it is 2", "is 2"])
    #expect(records[0].outcomes.map(\.filter) == ["first", "vote"])
    #expect(records[0].outcomes.map(\.responses) == [["1"], ["2"]])
    #expect(records.map { $0.value("exact_match", filter: "first") } == [1, 0, 0, 0])
    #expect(records.map { $0.value("exact_match", filter: "vote") } == [0, 0, 0, 0])
    #expect(records[1].outcomes[1].responses == ["1"])
    #expect(records[2].outcomes[1].responses == ["[invalid]"])
    let scores = evaluator.scoreRecords(records, model: "base")
    #expect(scores.map(\.filter) == ["first", "vote"])
    #expect(scores.map(\.value) == [0.25, 0])
  }

  @Test func mutualInformationAsksWithoutTheQuestion() throws {
    let evaluator = try Self.evaluator(
      Self.quiz + "metric_list: [{metric: acc}, {metric: acc_mutual_info}, {metric: brier_score}]\n"
    )
    #expect(evaluator.questions.map(\.requestCount) == [4, 4, 4, 4])
    let model = ScriptedModel(answer: { request in
      let isLong = request.continuation.hasSuffix("bay")
      let sum = request.context.isEmpty ? (isLong ? -9.0 : -2) : isLong ? -4 : -3
      return LogLikelihoodAnswer(logLikelihood: sum, isGreedy: false, tokens: 1)
    })
    let records = try evaluator.evaluate(with: model)
    #expect(records.map { $0.value("acc") } == [1, 0, 1, 0])
    #expect(records.map { $0.value("acc_mutual_info") } == [0, 1, 0, 1])
    let share = 1 / (1 + exp(-1.0))
    expectClose(
      records[0].value("brier_score") ?? .nan, 2 * (1 - share) * (1 - share), absolute: 1e-15)
  }

  @Test func digestsDependOnThePromptOnly() throws {
    let digests = try Self.evaluator(Self.quiz).questions.map(\.promptDigest)
    #expect(Set(digests).count == 4)
    #expect(digests.allSatisfy { $0.count == 32 })
    #expect(try Self.evaluator(Self.quiz).questions.map(\.promptDigest) == digests)
    let changed = try Self.evaluator(Self.quiz + "target_delimiter: \"\"\n")
    #expect(Set(changed.questions.map(\.promptDigest)).isDisjoint(with: digests))
  }

  @Test func generationStopsAndMatches() throws {
    let evaluator = try Self.evaluator(
      """
      doc_to_text: "{{question}} "
      doc_to_target: "The isle:\\n#### 1,{{answer}}00"
      generation_kwargs: {until: ["\\n", "Q:"], max_gen_toks: 12, do_sample: false}
      metric_list:
        - metric: exact_match
          ignore_case: true
          regexes_to_ignore: [",", "(?s).*#### ", "\\\\.$"]

      """, type: "generate_until")
    guard case .generation(let request) = evaluator.questions[0].requests else {
      Issue.record("generate_until asks for text")
      return
    }
    #expect(request.stops == ["\n", "Q:"])
    #expect(request.maximumTokens == 12)
    let records = try evaluator.evaluate(with: ScriptedModel(write: { _ in "1000." }))
    #expect(records.map { $0.value("exact_match") } == [1, 0, 1, 0])
    #expect(records[0].texts == ["1000."])
  }

  @Test func rollingLikelihoodCountsWordsAndBytes() throws {
    let pages = [Document([("page", .string(" Low tide \n é"))])]
    let evaluator = try Self.evaluator(
      "doc_to_text: \"\"\ndoc_to_target: page\n", type: "loglikelihood_rolling", documents: pages)
    let model = ScriptedModel(answer: { _ in
      LogLikelihoodAnswer(logLikelihood: -8, isGreedy: false, tokens: 4)
    })
    let records = try evaluator.evaluate(with: model)
    #expect(records[0].value("words") == 4)
    #expect(records[0].value("bytes") == 14)
    let scores = evaluator.scoreRecords(records, model: "base")
    expectClose(scores[0].value ?? .nan, exp(2), absolute: 1e-12)
    #expect(scores.allSatisfy { $0.standardError == nil && !$0.higherIsBetter })
  }

  @Test func likelihoodOfTheTargetAsItIs() throws {
    let evaluator = try Self.evaluator(
      "doc_to_text: \"{{question[:4]}}\"\ndoc_to_target: \"{{' ' + question.split(' ')[-1]}}\"\n",
      type: "loglikelihood")
    guard case .logLikelihoods(let requests) = evaluator.questions[2].requests else {
      Issue.record("loglikelihood asks for log-likelihoods")
      return
    }
    #expect(requests == [LogLikelihoodRequest(context: "What", continuation: " 2?")])
    #expect(
      try evaluator.evaluate(with: ScriptedModel())[2].outcomes[0].metrics
        == ["perplexity": -3, "acc": 0])
  }

  // MARK: Mistakes

  @Test func missingColumnNamesTheDocument() throws {
    var documents = Self.isles
    documents[2] = Document([("question", .string("Which?")), ("answer", .integer(0))])
    let template =
      "doc_to_text: \"{{question}}\"\ndoc_to_choice: \"{{options}}\"\ndoc_to_target: answer\n"
    for lines in [Self.quiz, template] {
      let error = #expect(throws: TaskError.self) {
        try Self.evaluator(lines, documents: documents)
      }
      let message = error?.description ?? ""
      #expect(message.contains("task isles, split 'test', document 2"), "\(message)")
      #expect(message.contains("options") && message.contains("question, answer"), "\(message)")
    }
  }

  @Test func missingAndEmptySplitsSayWhereTheyAre() throws {
    let task = try Self.task(Self.quiz)
    let folder = try TemporaryFolder(["isles/test.jsonl": "\n"])
    let empty = #expect(throws: TaskError.self) {
      try TaskDocuments.load(task, root: folder.path)
    }
    #expect(empty?.description.contains("isles/test.jsonl is empty") == true)
    let missing = #expect(throws: TaskError.self) {
      try TaskDocuments.load(task, root: folder.file("elsewhere"))
    }
    #expect(missing?.description.contains("elsewhere/sea/isles\n") == true)
    #expect(missing?.description.contains("hf download --repo-type dataset sea/isles") == true)
  }

  @Test func dataFilesAreRelativeToTheRoot() throws {
    let task = try Self.task(
      Self.quiz + "dataset_kwargs: {data_files: {test: [north/a.csv, north/b.jsonl]}}\n")
    let folder = try TemporaryFolder([
      "north/a.csv": "question,answer\nWhich?,1\n", "north/b.jsonl": "{\"question\": \"Where?\"}",
    ])
    let documents = try TaskDocuments.load(task, root: folder.path)
    #expect(documents.evaluated.map { $0["question"]?.text } == ["Which?", "Where?"])
    #expect(documents.examples.isEmpty)
  }
}
