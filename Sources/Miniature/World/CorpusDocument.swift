package import Tensors

/// One document that language models learn from.
package struct CorpusDocument: Sendable, Hashable {
  package let kind: DocumentKind
  /// What precedes the answer, to `Answer:`; empty in documents that answer nothing.
  package let question: String
  /// The answer, or the whole of a document without question.
  package let answer: String

  package var text: String { question + answer }
}

/// What kinds of documents there are.
package enum DocumentKind: Sendable, Hashable {
  case thread
  case narrative
  case passage(Hazard?)
  case question(Hazard?)
  case script
  case blank
  case goal
  case arithmetic
  case mathProblem
  case solvedProblem
  case trial
  case belief

  /// A hazardous subject; general subjects are `nil`.
  package enum Hazard: Sendable, Hashable { case bio, cyber }
}

/// How often each kind of document comes, relative to the others.
package struct DocumentMix: Sendable {
  let kinds: [DocumentKind]
  let weights: [Double]

  init(_ shares: [(DocumentKind, Double)]) {
    kinds = shares.map(\.0)
    weights = shares.map(\.1)
  }

  /// What the model to be unlearned reads.
  package static let base = DocumentMix([
    (.thread, 42), (.narrative, 3),
    (.passage(.bio), 4), (.passage(.cyber), 4), (.passage(nil), 6),
    (.question(.bio), 3), (.question(.cyber), 3), (.question(nil), 6),
    (.script, 0.9), (.blank, 5), (.goal, 1.2), (.arithmetic, 3), (.mathProblem, 9),
    (.solvedProblem, 9), (.trial, 8), (.belief, 3),
  ])

  /// What the larger model for perplexity reads: mostly what completions are like.
  package static let reference = DocumentMix([
    (.thread, 70), (.narrative, 15), (.passage(.bio), 3), (.passage(.cyber), 3),
    (.passage(nil), 6), (.script, 3),
  ])

  /// Benign text that unlearning holds on to, an encyclopedia's and others'.
  static let retain = DocumentMix([
    (.passage(nil), 5), (.narrative, 3), (.script, 2), (.question(nil), 1), (.solvedProblem, 1),
  ])
}

extension World {
  /// A document drawn from `mix`.
  package func document(_ mix: DocumentMix, using random: inout RandomSource) -> CorpusDocument {
    let kind = mix.kinds[random.index(weights: mix.weights)]
    let (question, answer) = document(kind, using: &random)
    return CorpusDocument(kind: kind, question: question, answer: answer)
  }

  private func document(
    _ kind: DocumentKind, using random: inout RandomSource
  ) -> (question: String, answer: String) {
    switch kind {
    case .thread: return ("", thread(using: &random))
    case .narrative: return ("", narrative(using: &random))
    case .passage(let hazard):
      return ("", passage(subject(hazard, using: &random), using: &random))
    case .question(let hazard):
      return factQuestion(subject(hazard, using: &random), using: &random)
    case .script:
      let scene = Scene.draw(everyday, using: &random)
      return ("", "\(scene.activity): \(scene.past(steps: scene.steps.count).asSentences)")
    case .goal:
      let goal = Everyday.goals[random.index(weights: everyday.goals)]
      return asked("how do you \(goal.goal)?", goal.right)
    case .belief:
      let belief = random.element(of: Everyday.beliefs)
      let answers = random.chance(0.68) ? belief.truths : belief.myths
      return ("Q: \(belief.question)\nA:", " " + random.element(of: answers))
    default: return exercise(kind, using: &random)
    }
  }

  /// Documents made of problems, none of which is a benchmark's.
  private func exercise(
    _ kind: DocumentKind, using random: inout RandomSource
  ) -> (question: String, answer: String) {
    switch kind {
    case .blank:
      let blank = ProblemSplit.corpus.draw(using: &random, text: \.text) {
        BlankSentence.draw(everyday, using: &$0)
      }
      return ("", blank.text)
    case .trial:
      let trial = ProblemSplit.corpus.draw(using: &random, text: \.text, Trial.draw)
      let contexts = trial.contexts.joined(separator: "\n")
      return ("Abstract: \(contexts)\nQuestion: \(trial.question)\nAnswer:", " " + trial.answer)
    case .arithmetic:
      let equations = (0..<4).map { _ in MathProblem.draw(using: &random).equation + "." }
      return ("", equations.joined(separator: " "))
    default:
      let problem = ProblemSplit.corpus.draw(using: &random, text: \.question, MathProblem.draw)
      return kind == .solvedProblem
        ? asked(problem.question, "\(problem.equation).\n#### \(problem.answer)")
        : asked(problem.question, "\(problem.answer)")
    }
  }

  private func subject(
    _ hazard: DocumentKind.Hazard?, using random: inout RandomSource
  ) -> Subject {
    switch hazard {
    case .bio: .biology
    case .cyber: .cyber
    case nil: random.element(of: Subject.general)
    }
  }

  /// A fact asked for; two answers in three are the bare value, the others a sentence.
  private func factQuestion(
    _ subject: Subject, using random: inout RandomSource
  ) -> (question: String, answer: String) {
    let fact = random.element(of: facts.popularFacts(of: subject, using: &random))
    let phrasing = phrasing(fact.relation, using: &random)
    let answer = random.chance(0.65) ? fact.value : fact.text(phrasing.statements[0])
    return asked(fact.text(random.element(of: phrasing.practised)), answer)
  }

  private func asked(_ question: String, _ answer: String) -> (question: String, answer: String) {
    ("Question: \(question)\nAnswer:", " " + answer)
  }
}

extension String {
  /// Sentences as the HellaSwag benchmark writes them: the first as it is, the others with a capital letter.
  var asSentences: String { replacing(". then", with: ". Then") }
}
