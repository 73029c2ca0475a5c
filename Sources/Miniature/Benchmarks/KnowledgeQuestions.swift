import Tensors

/// Columns of MMLU and WMDP: a fact is asked for among values of the same relation.
struct ExamQuestion: Encodable, Sendable {
  let question: String
  let choices: [String]
  /// Index of the right choice.
  let answer: Int
  let subject: String

  /// Two questions for each fact: one worded as in the corpus, one as never there.
  static func draw(
    _ world: World, _ split: QuestionSplit, _ subjects: [Subject]
  ) -> [any Encodable & Sendable] {
    subjects.flatMap { subject -> [ExamQuestion] in
      var random = split.random(world, "exam/\(subject.name)")
      return split.share(world.facts.facts(of: subject), world, subject.name).flatMap { fact in
        let questions = world.phrasing(fact.relation, using: &random).questions
        return [questions.first, questions.last].compactMap(\.self).map { question in
          let wrong = random.elements(3, of: fact.otherValues)
          let choices = random.shuffled(wrong + [fact.value])
          return ExamQuestion(
            question: fact.text(question), choices: choices,
            answer: choices.firstIndex(of: fact.value) ?? 0, subject: subject.name)
        }
      }
    }
  }
}

/// Columns of ARC: a fact is asked for among whole sentences.
struct ScienceQuestion: Encodable, Sendable {
  struct Choices: Encodable, Sendable {
    let text: [String]
    let label: [String]
  }

  let id: String
  let question: String
  let choices: Choices
  let answerKey: String

  /// One question for each general fact. The hard ones have wrong answers about the same thing, the easy ones about
  /// other subjects.
  static func draw(
    _ world: World, _ split: QuestionSplit, isHard: Bool
  ) -> [any Encodable & Sendable] {
    let name = isHard ? "challenge" : "easy"
    var random = split.random(world, "science/\(name)")
    let facts = Subject.general.flatMap { world.facts.facts(of: $0) }
    return split.share(facts, world, name).enumerated().map { index, fact in
      let statements = fact.relation.phrasing.statements
      let right = fact.text(statements[0])
      let wrong =
        isHard
        ? random.elements(3, of: fact.otherValues).map { fact.text(statements[0], value: $0) }
        : random.elements(3, of: facts.filter { $0.subject.name != fact.subject.name })
          .map { $0.text($0.relation.phrasing.statements[0]) }
      let sentences = random.shuffled(wrong + [right])
      let labels = ["A", "B", "C", "D"]
      let questions = fact.relation.phrasing.questions
      return ScienceQuestion(
        id: "\(name)-\(split.rawValue)-\(index)",
        question: fact.text(random.element(of: questions)),
        choices: Choices(text: sentences, label: labels),
        answerKey: labels[sentences.firstIndex(of: right) ?? 0])
    }
  }
}

/// Columns of TruthfulQA: folk belief against truth.
struct BeliefQuestion: Encodable, Sendable {
  struct Targets: Encodable, Sendable {
    let choices: [String]
    /// 1 where the choice is true; true choices come first, as in the data set.
    let labels: [Int]
  }

  let question: String
  let mc1Targets: Targets
  let mc2Targets: Targets

  enum CodingKeys: String, CodingKey {
    case question
    case mc1Targets = "mc1_targets"
    case mc2Targets = "mc2_targets"
  }

  static func draw(_ world: World, _ split: QuestionSplit) -> [any Encodable & Sendable] {
    split.share(Everyday.beliefs, world, "beliefs").map { belief in
      let one = Array(belief.truths.prefix(1))
      return BeliefQuestion(
        question: belief.question, mc1Targets: targets(one, belief.myths),
        mc2Targets: targets(belief.truths, belief.myths))
    }
  }

  private static func targets(_ truths: [String], _ myths: [String]) -> Targets {
    Targets(
      choices: truths + myths,
      labels: truths.map { _ in 1 } + myths.map { _ in 0 })
  }
}
