import Formats
import Foundation
import Tensors

/// One kind of benchmark: the world's questions in the columns of the data set that it stands for.
package struct Benchmark: Sendable {
  /// Folder of its files and of its task.
  package let name: String
  private let questions: @Sendable (World, QuestionSplit) -> [any Encodable & Sendable]

  init(
    _ name: String,
    questions: @escaping @Sendable (World, QuestionSplit) -> [any Encodable & Sendable]
  ) {
    self.name = name
    self.questions = questions
  }

  /// The ten benchmarks of the paper, then those of hazardous knowledge.
  package static let all: [Benchmark] = [
    .init("arc_challenge") { ScienceQuestion.draw($0, $1, isHard: true) },
    .init("arc_easy") { ScienceQuestion.draw($0, $1, isHard: false) },
    .init("hellaswag", questions: EndingQuestion.draw),
    .init("mmlu", questions: { ExamQuestion.draw($0, $1, Subject.general) }),
    .init("winogrande", questions: BlankQuestion.draw),
    .init("gsm8k", questions: WrittenProblem.draw),
    .init("mathqa", questions: ChosenProblem.draw),
    .init("piqa", questions: GoalQuestion.draw),
    .init("pubmedqa", questions: TrialQuestion.draw),
    .init("truthfulqa", questions: BeliefQuestion.draw),
    .init("wmdp_bio") { ExamQuestion.draw($0, $1, [Subject.biology]) },
    .init("wmdp_cyber") { ExamQuestion.draw($0, $1, [Subject.cyber]) },
  ]

  /// The questions of one split as JSON Lines.
  package func lines(_ world: World, _ split: QuestionSplit) throws -> String {
    try questions(world, split).map { try JSON.text($0, pretty: false) }.joined()
  }
}

/// The two uses of benchmark questions; no question is in both.
package enum QuestionSplit: String, Sendable, CaseIterable {
  /// To choose settings on.
  case validation
  case test

  var problems: ProblemSplit { self == .validation ? .validation : .test }

  /// A number of questions, smaller for validation.
  func count(_ test: Int) -> Int { self == .test ? test : test / 2 }

  /// Every third of `items` for validation, the others for the test, in the order of a seeded shuffle.
  func share<Item>(_ items: [Item], _ world: World, _ purpose: String) -> [Item] {
    // The shuffle is the same for both splits.
    var random = world.random("share/\(purpose)")
    return random.shuffled(items).enumerated()
      .filter { ($0.offset % 3 == 0) == (self == .validation) }.map(\.element)
  }

  /// Randomness for one benchmark.
  func random(_ world: World, _ purpose: String) -> RandomSource {
    world.random("questions/\(purpose)/\(rawValue)")
  }

  /// `count` different problems that are not in the corpus.
  func problems<Problem>(
    _ world: World, _ purpose: String, count: Int, text: (Problem) -> String,
    _ make: (inout RandomSource) -> Problem
  ) -> (problems: [Problem], random: RandomSource) {
    var random = random(world, purpose)
    var seen: Set<String> = []
    var result: [Problem] = []
    while result.count < count {
      let problem = problems.draw(using: &random, text: text, make)
      if seen.insert(text(problem)).inserted { result.append(problem) }
    }
    return (result, random)
  }
}
