import Evaluation
import Formats
import Foundation
import TestSupport
import Testing

/// Which examples stand in a prompt, and how they are joined.
@Suite struct FewShotTests {
  static let pool = (0..<30).map { row in
    Document([("question", .string("q\(row)")), ("answer", .integer(row % 2))])
  }
  static let evaluated = (100..<103).map { row in
    Document([("question", .string("q\(row)")), ("answer", .integer(0))])
  }
  static let quiz = """
    doc_to_text: question
    doc_to_choice: [sand, rock]
    doc_to_target: answer

    """

  private func contexts(
    _ lines: String, documents: [Document] = evaluated, pool: [Document] = pool, shots: Int? = 2,
    seed: UInt64 = 1234
  ) throws -> [String] {
    let evaluator = try EvaluatorTests.evaluator(
      lines, documents: documents, examples: pool,
      settings: EvaluationSettings(fewShot: shots, seed: seed))
    return evaluator.questions.map { question in
      guard case .logLikelihoods(let requests) = question.requests else { return "" }
      return requests[0].context
    }
  }

  /// The rows of the pool in each prompt.
  private func rows(_ contexts: [String]) -> [[String]] {
    contexts.map { $0.components(separatedBy: "\n\n").dropLast().map { $0.prefix { $0 != " " } } }
      .map { $0.map(String.init) }
  }

  /// lm-evaluation-harness 0.4.13, pool of 30, two shots, seed 1234.
  @Test func seededDraws() throws {
    let explicit = try contexts(Self.quiz + "fewshot_split: train\n")
    #expect(rows(explicit) == [["q24", "q14"], ["q3", "q0"], ["q2", "q29"]])
    // The few-shot split is the evaluated one: one more is drawn.
    let same = try contexts(Self.quiz + "fewshot_split: test\n")
    #expect(rows(same) == [["q24", "q14"], ["q0", "q2"], ["q25", "q18"]])
    #expect(explicit[0] == "q24 sand\n\nq14 sand\n\nq100")
    #expect(try contexts(Self.quiz + "fewshot_split: train\n", seed: 7) != explicit)
  }

  @Test func theEvaluatedDocumentIsNoExample() throws {
    let documents = [Self.pool[14], Self.pool[24]]
    let same = try contexts(Self.quiz + "fewshot_split: test\n", documents: documents)
    #expect(same[0].hasPrefix("q24 sand\n\nq3 rock\n\n"))
    let first = try contexts(
      Self.quiz + "fewshot_split: test\nfewshot_config: {sampler: first_n}\n",
      documents: [Self.pool[1]])
    #expect(first == ["q0 sand\n\nq2 sand\n\nq1"])
  }

  @Test func firstNTakesTheSameExamples() throws {
    let contexts = try contexts(
      Self.quiz + "fewshot_split: dev\nfewshot_config: {sampler: first_n}\n")
    #expect(rows(contexts) == Array(repeating: ["q0", "q1"], count: 3))
  }

  @Test func delimitersDescriptionAndPrefix() throws {
    let contexts = try contexts(
      Self.quiz + """
        fewshot_split: dev
        description: "Of {{question}}:\\n\\n"
        target_delimiter: " -> "
        fewshot_delimiter: "\\n"
        gen_prefix: "It is"
        fewshot_config: {sampler: first_n, doc_to_text: "<{{question}}>"}

        """, shots: 1)
    #expect(contexts[0] == "Of q100:\n\n<q0> -> It is sand\nq100 -> It is")
  }

  @Test func zeroInTheFileCannotBeChanged() throws {
    let contexts = try contexts(Self.quiz + "num_fewshot: 0\n")
    #expect(contexts == ["q100", "q101", "q102"])
    #expect(try self.contexts(Self.quiz, shots: nil) == contexts)
  }

  @Test func inlineSamples() throws {
    let task = try EvaluatorTests.task(
      Self.quiz + """
        num_fewshot: 1
        fewshot_config:
          sampler: first_n
          samples: [{question: How deep?, answer: 1}]

        """)
    let folder = try TemporaryFolder([
      "isles/test.jsonl": "{\"question\": \"How far?\", \"answer\": 0}"
    ])
    let documents = try TaskDocuments.load(task, root: folder.path)
    let evaluator = try Evaluator(task: task, documents: documents)
    guard case .logLikelihoods(let requests) = evaluator.questions[0].requests else { return }
    #expect(requests[0].context == "How deep? rock\n\nHow far?")
  }

  @Test func tooFewExamplesIsAnError() {
    let error = #expect(throws: TaskError.self) {
      try contexts(Self.quiz, pool: Array(Self.pool.prefix(2)), shots: 3)
    }
    #expect(error?.description.contains("draws 3 few-shot examples, but there are 2") == true)
  }

  /// The pool is the evaluated split, which the file does not say: as in lm-eval nothing is kept out, but it is known.
  @Test func documentsAmongTheirOwnExamplesAreKnown() throws {
    let rows = (0..<3).map { "{\"question\": \"q\($0)\", \"answer\": 0}" }.joined(separator: "\n")
    let folder = try TemporaryFolder(["isles/test.jsonl": rows])
    func shown(_ more: String) throws -> [Bool] {
      let task = try EvaluatorTests.task(Self.quiz + "num_fewshot: 1\n" + more)
      let documents = try TaskDocuments.load(task, root: folder.path)
      return try Evaluator(task: task, documents: documents).questions.map(\.showsOwnAnswer)
    }
    let sampler = "fewshot_config: {sampler: first_n}\n"
    #expect(try shown(sampler) == [true, false, false])
    #expect(try shown("fewshot_split: test\n" + sampler) == [false, false, false])
  }

  @Test func listsOfRightAnswersShowTheFirstChoice() throws {
    let contexts = try contexts(
      Self.quiz.replacing("doc_to_target: answer", with: "doc_to_target: \"{{[answer]}}\"")
        + "fewshot_split: dev\nfewshot_config: {sampler: first_n}\n", shots: 1)
    #expect(contexts[0].hasPrefix("q0 sand\n\n"), "\(contexts[0])")
  }
}
