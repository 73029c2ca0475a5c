import Formats
import Foundation
import PythonText
import TestSupport
import Testing

@testable import Evaluation

/// `answer_likelihoods` and the overlaps of generated texts, on questions about an invented village.
@Suite struct AnswerLikelihoodTests {
  private static let documents = (0..<2).map { index in
    Document([
      ("question", .string("Who keeps lamp \(index)?")), ("answer", .string("Old Bram Tolle.")),
      ("paraphrase", .string("It is Bram Tolle.")),
      ("wrong", .list([.string("Ida Fenn."), .string("The 'miller'.")])),
    ])
  }

  private static let lines = """
    doc_to_text: "Question: {{question}}\\nAnswer: "
    doc_to_target: "{{answer}}"
    doc_to_choice: "{{[paraphrase] + wrong}}"
    target_delimiter: ""

    """

  private static func evaluator(
    _ more: String = "", documents: [Document] = documents,
    settings: EvaluationSettings = EvaluationSettings()
  ) throws -> Evaluator {
    try EvaluatorTests.evaluator(
      lines + more, type: "answer_likelihoods", documents: documents, settings: settings)
  }

  private static func requests(_ evaluator: Evaluator) throws -> [LogLikelihoodRequest] {
    guard case .logLikelihoods(let requests) = try #require(evaluator.questions.first).requests
    else { return [] }
    return requests
  }

  @Test func everyAnswerIsAskedFor() throws {
    let requests = try Self.requests(Self.evaluator())
    let answers = ["Old Bram Tolle.", "It is Bram Tolle.", "Ida Fenn.", "The 'miller'."]
    #expect(
      requests
        == answers.enumerated().map { index, answer in
          LogLikelihoodRequest(
            context: "Question: Who keeps lamp 0?\nAnswer: ", continuation: answer,
            boundary: .labels(endsText: true), tellsTokens: index == 0)
        })
    let open = try Self.evaluator("metadata: {ends_answer: false}\n")
    #expect(try Self.requests(open).allSatisfy { $0.boundary == .labels(endsText: false) })
    // Answers of the one are not taken for answers of the other.
    #expect(open.questions[0].promptDigest != (try Self.evaluator()).questions[0].promptDigest)
  }

  /// What a template writes behind an answer belongs to it.
  @Test func chatsEndTheAnswersTurn() throws {
    let settings = EvaluationSettings(chat: try ChatPromptTests.chat(), systemInstruction: "Sail.")
    let request = try Self.requests(Self.evaluator(settings: settings))[0]
    #expect(
      request.context
        == "[system]Sail.[end][user]Question: Who keeps lamp 0?\nAnswer: [end][assistant]")
    #expect(request.continuation == "Old Bram Tolle.[end]")
    let fickle = "{% for m in messages %}{{ messages|length }}{{ m.content }}{% endfor %}"
    #expect(throws: TaskError.self) {
      try Self.evaluator(settings: EvaluationSettings(chat: ChatPromptTests.chat(fickle)))
    }
  }

  @Test func numbersStayAnswers() throws {
    var document = Self.documents[0]
    document["answer"] = .string("007")
    let requests = try Self.requests(Self.evaluator(documents: [document]))
    #expect(requests[0].continuation == "007")
  }

  /// The last token of the answer is the end of the text, in every loss and in no score of memory.
  private static let model = ScriptedModel(answer: { request in
    let scores = TokenScores(
      logProbabilities: [-1, -3, -0.5, -2, -1.5, -8],
      isLikeliest: [true, false, true, true, true, false],
      means: Array(repeating: -2, count: 6), variances: Array(repeating: 4, count: 6))
    if request.tellsTokens {
      return LogLikelihoodAnswer(
        logLikelihood: -16, isGreedy: false, tokens: 6, tokenScores: scores)
    }
    let (sum, tokens) =
      switch request.continuation {
      case "It is Bram Tolle.": (-4.0, 2)
      case "Ida Fenn.": (-6.0, 6)
      default: (-9.0, 3)
      }
    return LogLikelihoodAnswer(logLikelihood: sum, isGreedy: false, tokens: tokens)
  })

  @Test func metricsAreTheirDefinitions() throws {
    let record = try Self.evaluator().evaluate(with: Self.model)[0]
    let values = record.outcomes[0].metrics
    let (p, right, wrong) = (exp(-16.0 / 6), exp(-2.0), exp(-2.0))
    let expected = [
      "probability": p, "loss": 16.0 / 6, "extraction_strength": 1 - 2.0 / 5,
      "exact_memorization": 4.0 / 5, "min_k": 2.5, "min_k++": 0.25, "wrong_to_right": wrong / right,
      "truth_ratio": 1, "truth_ratio_true_better": 0, "truth_ratio_prob_mean": 0.5,
      "probability_normalised": p / (p + exp(-1.0) + exp(-3.0)),
      "zlib": 16.0 / 6 / Double(MembershipScore.compressedSize("Old Bram Tolle.")),
    ]
    #expect(Set(values.keys) == Set(expected.keys))
    for (name, value) in expected {
      expectClose(values[name] ?? .nan, value, absolute: 1e-8, name)
    }
    let whole = try Self.evaluator("metadata: {ends_answer: false, lowest_share: 0.2}\n")
      .evaluate(with: Self.model)[0].outcomes[0].metrics
    expectClose(whole["exact_memorization"] ?? .nan, 4.0 / 6, absolute: 1e-12)
    expectClose(whole["extraction_strength"] ?? .nan, 1.0 / 6, absolute: 1e-12)
    expectClose(whole["min_k"] ?? .nan, 8, absolute: 1e-12)
    expectClose(whole["min_k++"] ?? .nan, 3, absolute: 1e-12)
  }

  @Test func scoresArePooled() throws {
    let evaluator = try Self.evaluator(
      "metric_list: [{metric: truth_ratio}, {metric: probability, higher_is_better: false}]\n")
    let records = try evaluator.evaluate(with: Self.model)
    let scores = evaluator.scoreRecords(records, model: "m")
    #expect(scores.map(\.metric) == ["truth_ratio", "probability"])
    #expect(scores.map(\.higherIsBetter) == [true, false])
    expectClose(scores[1].value ?? .nan, exp(-16.0 / 6), absolute: 1e-12)
    #expect(try evaluator.rescore(records) == records)
  }

  /// An answer whose tokens the context covers has no value, and no task fails for it.
  @Test func answersWithoutTokensHaveNoValue() throws {
    let nothing = ScriptedModel(answer: { _ in
      LogLikelihoodAnswer(logLikelihood: 0, isGreedy: true, tokens: 0)
    })
    let evaluator = try Self.evaluator()
    let scores = evaluator.scoreRecords(try evaluator.evaluate(with: nothing), model: "m")
    #expect(scores.map(\.value) == [nil])
    #expect(scores[0].reason?.contains("no document has a value") == true)
  }

  @Test func oneChoiceIsNotEnough() throws {
    let lines = Self.lines.replacing("[paraphrase] + wrong", with: "[paraphrase]")
    let error = #expect(throws: TaskError.self) {
      try EvaluatorTests.evaluator(lines, type: "answer_likelihoods", documents: Self.documents)
    }
    #expect(error?.description.contains("at least one wrong one") == true)
  }

  @Test func planIsChecked() throws {
    for (line, problem) in [
      ("ends_answer: 3", "must be true or false"), ("lowest_share: 0", "above 0, at most 1"),
      ("lowest_share: some", "above 0, at most 1"),
    ] {
      let error = #expect(throws: TaskError.self) {
        try Self.evaluator("metadata: {\(line)}\n")
      }
      #expect(error?.description.contains(problem) == true, "\(line)")
    }
  }

  @Test func overlapsOfGeneratedTexts() throws {
    let names = [
      "rouge1_recall", "rougeL_recall", "rougeL_f1", "rougeL_f1_words", "rougeL_recall_union",
    ]
    let metrics = names.map { "{metric: \($0)}" }.joined(separator: ", ")
    let evaluator = try EvaluatorTests.evaluator(
      "doc_to_text: question\ndoc_to_target: answer\nmetric_list: [\(metrics)]\n",
      type: "generate_until", documents: Self.documents)
    let model = ScriptedModel(write: { _ in "bram tolling, old lamps." })
    let values = try evaluator.evaluate(with: model)[0].outcomes[0].metrics
    // old, bram, toll of "Old Bram Tolle." and bram, toll, old, lamp; the longest run in order is bram, toll.
    let expected = [1, 2.0 / 3, 4.0 / 7, 2.0 / 7, 1.0 / 3]
    for (name, value) in zip(names, expected) {
      expectClose(values[name] ?? .nan, value, absolute: 1e-12, name)
    }
  }
}
