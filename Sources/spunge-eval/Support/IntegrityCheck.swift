import Evaluation
import Formats

/// What can be said about tasks and their documents, all of them rendered, before a model is asked.
struct IntegrityCheck {
  /// What was found, one line each: a summary of each task, then what is odd about it.
  let lines: [String]

  init(_ plan: TaskPlan) {
    let reports = zip(plan.evaluators, plan.splitCounts).map { Self.report($0, splitCount: $1) }
    lines = reports.flatMap { [$0.summary] + $0.remarks.map { "  \($0)" } }
  }

  private static func report(
    _ evaluator: Evaluator, splitCount: Int
  ) -> (summary: String, remarks: [String]) {
    let (task, questions) = (evaluator.task, evaluator.questions)
    let requests = questions.reduce(0) { $0 + $1.requestCount }
    let summary =
      "\(task.name): \(questions.count) of \(splitCount) documents of '\(task.evaluationSplit)' "
      + "rendered, \(requests) requests, \(evaluator.fewShot)-shot, version \(task.version)"
    var remarks = evaluator.remarks
    func note(_ what: String, _ documents: [Int]) {
      guard let first = documents.first else { return }
      remarks.append("\(documents.count) \(what), the first is document \(first)")
    }
    var seen: [Document: Int] = [:]
    note(
      "documents are repetitions of an earlier one",
      questions.filter { seen.updateValue($0.documentID, forKey: $0.document) != nil }
        .map(\.documentID))
    note("documents have no right answer among their choices", evaluator.unanswerableDocuments)
    note(
      "documents ask for a continuation without text",
      questions.filter { question in
        guard case .logLikelihoods(let requests) = question.requests else { return false }
        return requests.contains { $0.continuation.allSatisfy(\.isWhitespace) }
      }.map(\.documentID))
    return (summary, remarks)
  }
}
