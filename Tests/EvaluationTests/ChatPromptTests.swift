import Evaluation
import Formats
import TestSupport
import Testing

/// Prompts as chats, system instructions, and examples left out of prompts that do not fit.
@Suite struct ChatPromptTests {
  static let template =
    "{% for message in messages %}[{{ message.role }}]{{ message.content }}[end]{% endfor %}"
    + "{% if add_generation_prompt %}[assistant]{% endif %}"
  static let refusing =
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + template
  static let examples = (0..<3).map { index in
    Document([
      ("question", .string("Where is pier \(index)?")), ("answer", .integer(index % 2)),
      ("options", .list([.string("a reef"), .string("the long grey bay")])),
    ])
  }
  static let shots = "fewshot_split: train\nfewshot_config: {sampler: first_n}\n"

  static func chat(_ source: String = template, multiturn: Bool = true) throws -> ChatPrompts {
    ChatPrompts(
      template: try ChatTemplate(source, specialTokens: [:], name: "test"),
      fewShotAsMultiturn: multiturn)
  }

  static func requests(
    _ lines: String, type: String = "multiple_choice", _ settings: EvaluationSettings,
    fits: PromptFits? = nil
  ) throws -> (Question, String, continuation: String) {
    let evaluator = try Evaluator(
      task: EvaluatorTests.task(lines + shots, type: type),
      documents: TaskDocuments(evaluated: EvaluatorTests.isles, examples: examples),
      settings: settings, fits: fits)
    let question = try #require(evaluator.questions.first)
    switch question.requests {
    case .logLikelihoods(let requests):
      return (question, requests[0].context, requests[0].continuation)
    case .generation(let request): return (question, request.prompt, "")
    case .rollingLogLikelihood(let text): return (question, text, "")
    }
  }

  @Test func partsBecomeMessages() throws {
    let lines = EvaluatorTests.quiz + "description: \"Sail. \"\n"
    let (_, context, continuation) = try Self.requests(
      lines, EvaluationSettings(fewShot: 1, chat: Self.chat(), systemInstruction: "Be brief."))
    #expect(
      context == "[system]Be brief.\n\nSail. [end][user]Where is pier 0?[end]"
        + "[assistant]a reef[end][user]What lies off isle 0?[end][assistant]")
    #expect(continuation == "a reef")
  }

  @Test func examplesShareOneTurn() throws {
    let (_, context, _) = try Self.requests(
      EvaluatorTests.quiz, EvaluationSettings(fewShot: 1, chat: Self.chat(multiturn: false)))
    #expect(
      context == "[user]Where is pier 0? a reef\n\nWhat lies off isle 0?[end][assistant]")
  }

  @Test(arguments: [("The", " "), ("The ", "")])
  func answersContinueTheirPrefix(prefix: String, delimiter: String) throws {
    let (_, context, continuation) = try Self.requests(
      EvaluatorTests.quiz + "gen_prefix: \"\(prefix)\"\n",
      EvaluationSettings(fewShot: 1, chat: Self.chat()))
    #expect(
      context == "[user]Where is pier 0?[end][assistant]The a reef[end]"
        + "[user]What lies off isle 0?[end][assistant]\(prefix)")
    #expect(continuation == delimiter + "a reef")
  }

  @Test func refusedSystemMessageIsLeftOut() throws {
    let (question, context, _) = try Self.requests(
      EvaluatorTests.quiz,
      EvaluationSettings(chat: Self.chat(Self.refusing), systemInstruction: "Be brief."))
    #expect(context == "[user]What lies off isle 0?[end][assistant]")
    #expect(question.droppedSystem)
  }

  @Test func plainPromptsTakeASystemInstruction() throws {
    let (_, context, _) = try Self.requests(
      EvaluatorTests.quiz + "description: \"\\nSail. \"\n",
      EvaluationSettings(systemInstruction: "Be brief."))
    #expect(context == "Be brief.\nSail. What lies off isle 0?")
  }

  /// Oldest first, as many as needed, and no more than there are.
  @Test(arguments: [(1_000, 0), (90, 1), (60, 2), (5, 3)])
  func examplesAreDroppedWhole(limit: Int, dropped: Int) throws {
    let (question, context, _) = try Self.requests(
      EvaluatorTests.quiz, EvaluationSettings(fewShot: 3)
    ) { context, continuations, newTokens in
      #expect(continuations == [" a reef", " the long grey bay"])
      #expect(newTokens == 0)
      return context.utf8.count <= limit
    }
    #expect(question.droppedExamples == dropped)
    let piers = (dropped..<3).map {
      "Where is pier \($0)? \($0 == 1 ? "the long grey bay" : "a reef")\n\n"
    }
    #expect(context == piers.joined() + "What lies off isle 0?")
  }

  @Test func completionsNeedRoom() throws {
    let (question, _, _) = try Self.requests(
      "doc_to_text: question\ndoc_to_target: \"{{options[answer]}}\"\n"
        + "generation_kwargs: {until: [\"\\n\"], max_gen_toks: 12}\n",
      type: "generate_until", EvaluationSettings(fewShot: 3)
    ) { _, continuations, newTokens in
      #expect(continuations.isEmpty)
      return newTokens != 12
    }
    #expect(question.droppedExamples == 3)
  }
}
