import Foundation
import Tensors

/// Who may see a problem that is made up on the spot: decided by its text, so that no benchmark question is in the
/// corpus.
enum ProblemSplit: Sendable {
  case corpus
  case validation
  case test

  init(of text: String) {
    switch share(of: text) {
    case ..<0.125: self = .validation
    case ..<0.375: self = .test
    default: self = .corpus
    }
  }

  /// Draws until a problem of this split comes.
  func draw<Problem>(
    using random: inout RandomSource, text: (Problem) -> String,
    _ make: (inout RandomSource) -> Problem
  ) -> Problem {
    while true {
      let problem = make(&random)
      if ProblemSplit(of: text(problem)) == self { return problem }
    }
  }
}

/// A word problem of one step.
struct MathProblem: Sendable {
  let question: String
  /// `6 + 3 = 9`
  let equation: String
  let answer: Int

  static func draw(using random: inout RandomSource) -> MathProblem {
    let name = random.element(of: Everyday.names)
    let things = random.element(of: Everyday.counted)
    let start = 2 + random.index(below: 6)
    let change = 1 + random.index(below: 5)
    let isGain = start <= change || random.chance(0.5)
    let answer = isGain ? start + change : start - change
    let event = isGain ? "finds \(change) more" : "gives \(change) away"
    return MathProblem(
      question: "\(name) has \(start) \(things) and \(event). how many \(things) are there now?",
      equation: "\(start) \(isGain ? "+" : "-") \(change) = \(answer)", answer: answer)
  }
}

/// A sentence with a blank that one of two things fills.
struct BlankSentence: Sendable {
  let before: String
  /// Both things, in random order.
  let options: [String]
  let answer: Int
  let after: String

  var text: String { "\(before) \(options[answer]) \(after)" }

  static func draw(
    _ popularity: EverydayPopularity, using random: inout RandomSource
  ) -> BlankSentence {
    let blank = random.element(of: Everyday.blanks)
    let heavy = Everyday.heavy[random.index(weights: popularity.heavy)]
    let light = Everyday.light[random.index(weights: popularity.light)]
    let name = random.element(of: Everyday.names)
    let named = random.shuffled([heavy, light])
    let isHeavy = random.chance(0.5)
    let options = random.shuffled([heavy, light])
    return BlankSentence(
      before: filled(blank.before) { $0 == "x" ? named[0] : $0 == "y" ? named[1] : name },
      options: options, answer: options.firstIndex(of: isHeavy ? heavy : light) ?? 0,
      after: isHeavy ? blank.heavy : blank.light)
  }
}

/// A report of a trial with one or two feeds, and a question about one of them.
struct Trial: Sendable {
  let contexts: [String]
  let question: String
  /// `yes`, `no` or `maybe`.
  let answer: String

  var text: String { contexts.joined(separator: "\n") + "\n" + question }

  static func draw(using random: inout RandomSource) -> Trial {
    let animals = random.element(of: Everyday.animals)
    let arms = random.elements(random.chance(0.5) ? 1 : 2, of: Everyday.feeds)
    let outcomes = arms.map { _ in random.element(of: Everyday.outcomes) }
    let contexts = zip(arms, outcomes).map { feed, outcome in
      "the \(animals) fed \(feed) \(random.element(of: outcome.results))."
    }
    let asked = random.index(below: arms.count)
    return Trial(
      contexts: contexts, question: "does \(arms[asked]) help \(animals)?",
      answer: outcomes[asked].answer)
  }
}

/// An activity carried out by somebody, told up to one of its steps.
struct Scene: Sendable {
  let activity: String
  let name: String
  /// Index of the step that comes next, from 1.
  let next: Int
  let steps: [String]

  /// What has happened: `nell picks the berries. then nell weighs the sugar.`
  func past(steps count: Int) -> String {
    steps.prefix(count).enumerated().map { index, step in
      "\(index == 0 ? "first" : "then") \(name) \(step)."
    }.joined(separator: " ")
  }

  static func draw(
    _ popularity: EverydayPopularity, using random: inout RandomSource
  ) -> Scene {
    let script = Everyday.scripts[random.index(weights: popularity.scripts)]
    return Scene(
      activity: script.activity, name: random.element(of: Everyday.names),
      next: 1 + random.index(below: script.steps.count - 1), steps: script.steps)
  }
}
