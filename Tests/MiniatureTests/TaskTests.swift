import Evaluation
import Foundation
import Miniature
import TestSupport
import Testing

struct TaskTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "tasks/miniature").path

  /// A world's files.
  private static let data = Result {
    let folder = try TemporaryFolder.untilExit()
    try WorldFiles.write(World(seed: 2, heterogeneity: 0.5), to: folder.path)
    return folder
  }

  @Test func everyBenchmarkHasItsTasks() throws {
    let index = try TaskIndex(folder: Self.folder)
    #expect(index.problems.isEmpty, "\(index.problems)")
    let names = Benchmark.all.map { "miniature_\($0.name)" }
    #expect(index.names.sorted() == (names + names.map { "\($0)_validation" }).sorted())
    let paper = try index.select(["miniature"])
    #expect(paper.tasks.count == 10)
    #expect(try index.tasks(named: "miniature_validation").count == Benchmark.all.count)
  }

  /// The loader takes every document, and the prompts are worded as the corpus is.
  @Test(arguments: Benchmark.all.map(\.name), QuestionSplit.allCases)
  func documentsFitTheTasks(benchmark: String, split: QuestionSplit) throws {
    let data = try Self.data.get()
    let suffix = split == .test ? "" : "_validation"
    let index = try TaskIndex(folder: Self.folder)
    let task = try #require(try index.tasks(named: "miniature_\(benchmark)\(suffix)").first)
    let documents = try TaskDocuments.load(task, root: data.path)
    let evaluator = try Evaluator(task: task, documents: documents)
    #expect(evaluator.questions.count == documents.evaluated.count)
    #expect(evaluator.questions.count >= 4)
    switch evaluator.questions[0].requests {
    case .logLikelihoods(let requests):
      let text = requests[0].context
      let opening = ["Question: ", "Abstract: ", "Q: "].contains { text.hasPrefix($0) }
      #expect(opening || benchmark == "hellaswag" || benchmark == "winogrande", "\(text)")
      #expect(requests.allSatisfy { $0.continuation.hasPrefix(" ") })
    case .generation(let request):
      #expect(request.prompt.hasPrefix("Question: "))
    case .rollingLogLikelihood:
      Issue.record("no benchmark of the paper asks for whole texts")
    }
  }
}
