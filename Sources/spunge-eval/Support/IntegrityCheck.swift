import Evaluation
import Formats

/// Renders all documents of the tasks and reports anything unusual, before a model is asked.
struct IntegrityCheck {
  /// The findings, one per line: a summary of each task followed by its oddities.
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
      remarks.append("\(documents.count) \(what), the first of them document \(first)")
    }
    var seen: [Document: Int] = [:]
    note(
      "documents repeat an earlier one",
      questions.filter { seen.updateValue($0.documentID, forKey: $0.document) != nil }
        .map(\.documentID))
    note("documents have no correct answer among their choices", evaluator.unanswerableDocuments)
    note(
      "documents have a choice without text",
      questions.filter { question in
        guard case .logLikelihoods(let requests) = question.requests else { return false }
        return requests.contains { $0.continuation.allSatisfy(\.isWhitespace) }
      }.map(\.documentID))
    return (summary, remarks)
  }
}
