import Tensors

/// Columns of HellaSwag: which step comes next.
struct EndingQuestion: Encodable, Sendable {
  let activityLabel: String
  /// Whole sentences before the cut, then the beginning of the cut one.
  let ctxA: String
  let ctxB: String
  let endings: [String]
  /// Index of the right ending, as text.
  let label: String

  enum CodingKeys: String, CodingKey {
    case endings, label
    case activityLabel = "activity_label"
    case ctxA = "ctx_a"
    case ctxB = "ctx_b"
  }

  /// Of the three wrong endings, two are other steps of the same activity.
  static func draw(_ world: World, _ split: QuestionSplit) -> [any Encodable & Sendable] {
    var (scenes, random) = split.problems(
      world, "endings", count: split.count(60),
      text: { "\($0.activity) \($0.name) \($0.next)" }
    ) { Scene.draw(.even, using: &$0) }
    return scenes.map { scene in
      let right = scene.steps[scene.next]
      let others = Everyday.scripts.filter { $0.activity != scene.activity }
      let wrong =
        random.elements(2, of: scene.steps.filter { $0 != right })
        + [random.element(of: others).steps[scene.next]]
      let steps = random.shuffled(wrong + [right])
      return EndingQuestion(
        activityLabel: scene.activity, ctxA: scene.past(steps: scene.next).asSentences,
        ctxB: "then \(scene.name)", endings: steps.map { "\($0)." },
        label: "\(steps.firstIndex(of: right) ?? 0)")
    }
  }
}

/// Columns of WinoGrande: which of two things fills the blank `_`.
struct BlankQuestion: Encodable, Sendable {
  let sentence: String
  let option1: String
  let option2: String
  /// `1` or `2`.
  let answer: String

  static func draw(_ world: World, _ split: QuestionSplit) -> [any Encodable & Sendable] {
    split.problems(world, "blanks", count: split.count(120), text: \.text) {
      BlankSentence.draw(.even, using: &$0)
    }.problems.map { blank in
      BlankQuestion(
        sentence: "\(blank.before) _ \(blank.after)", option1: blank.options[0],
        option2: blank.options[1], answer: "\(blank.answer + 1)")
    }
  }
}

/// Columns of PIQA: which of two ways reaches a goal.
struct GoalQuestion: Encodable, Sendable {
  let goal: String
  let sol1: String
  let sol2: String
  /// Index of the right way.
  let label: Int

  /// Three questions for each goal: against a way that does not work, and against two other goals' ways.
  static func draw(_ world: World, _ split: QuestionSplit) -> [any Encodable & Sendable] {
    var random = world.random("questions/goals")
    let all = Everyday.goals.flatMap { goal in
      let others = Everyday.goals.filter { $0.goal != goal.goal }.map(\.right)
      return ([goal.wrong] + random.elements(2, of: others)).map { wrong in
        let ways = random.shuffled([goal.right, wrong])
        return GoalQuestion(
          goal: "how do you \(goal.goal)?", sol1: ways[0], sol2: ways[1],
          label: ways.firstIndex(of: goal.right) ?? 0)
      }
    }
    return split.share(all, world, "goals")
  }
}

/// Columns of PubMedQA: what an abstract says about a question.
struct TrialQuestion: Encodable, Sendable {
  let question: String
  let contexts: [String]
  let finalDecision: String

  enum CodingKeys: String, CodingKey {
    case question = "QUESTION"
    case contexts = "CONTEXTS"
    case finalDecision = "final_decision"
  }

  static func draw(_ world: World, _ split: QuestionSplit) -> [any Encodable & Sendable] {
    split.problems(world, "trials", count: split.count(120), text: \.text, Trial.draw)
      .problems.map {
        TrialQuestion(question: $0.question, contexts: $0.contexts, finalDecision: $0.answer)
      }
  }
}

/// Columns of GSM8K: a word problem whose solution is written out.
struct WrittenProblem: Encodable, Sendable {
  let question: String
  let answer: String

  static func draw(_ world: World, _ split: QuestionSplit) -> [any Encodable & Sendable] {
    split.problems(world, "written", count: split.count(100), text: \.question, MathProblem.draw)
      .problems.map {
        WrittenProblem(question: $0.question, answer: "\($0.equation).\n#### \($0.answer)")
      }
  }
}

/// Columns of MathQA: a word problem with five answers in one text.
struct ChosenProblem: Encodable, Sendable {
  let problem: String
  let rationale: String
  /// `a ) 9 , b ) 8 , …`
  let options: String
  /// Letter of the right option.
  let correct: String

  enum CodingKeys: String, CodingKey {
    case options, correct
    case problem = "Problem"
    case rationale = "Rationale"
  }

  /// Wrong answers are near the right one.
  static func draw(_ world: World, _ split: QuestionSplit) -> [any Encodable & Sendable] {
    var (problems, random) = split.problems(
      world, "chosen", count: split.count(100), text: \.question, MathProblem.draw)
    let letters = ["a", "b", "c", "d", "e"]
    return problems.map { problem in
      let near = (max(0, problem.answer - 4)...problem.answer + 4)
        .filter { $0 != problem.answer }
      let answers = random.shuffled(random.elements(4, of: near) + [problem.answer])
      return ChosenProblem(
        problem: problem.question, rationale: problem.equation,
        options: zip(letters, answers).map { "\($0) ) \($1)" }.joined(separator: " , "),
        correct: letters[answers.firstIndex(of: problem.answer) ?? 0])
    }
  }
}
