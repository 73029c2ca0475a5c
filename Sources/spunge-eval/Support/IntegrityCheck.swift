import Evaluation

/// Looks for what is wrong with tasks and their documents before a model is asked.
struct IntegrityCheck {
  /// What was found, one line each.
  let lines: [String]
  /// Whether something makes scores wrong.
  let hasProblems: Bool

  init(_ plan: TaskPlan) {
    let reports = zip(plan.evaluators, plan.splitCounts).map { Self.report($0, splitCount: $1) }
    lines = reports.flatMap { [$0.summary] + $0.problems.map { "  \($0)" } }
    hasProblems = reports.contains { !$0.problems.isEmpty }
  }

  private static func report(
    _ evaluator: Evaluator, splitCount: Int
  ) -> (summary: String, problems: [String]) {
    let (task, questions) = (evaluator.task, evaluator.questions)
    let requests = questions.reduce(0) { $0 + $1.requestCount }
    let summary =
      "\(task.name): \(questions.count) of \(splitCount) documents of '\(task.evaluationSplit)' "
      + "rendered, \(requests) requests, \(evaluator.fewShot)-shot, version \(task.version)"
    var problems: [String] = []
    func note(_ what: String, _ documents: [Int]) {
      guard let first = documents.first else { return }
      problems.append("\(documents.count) \(what), the first is document \(first)")
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
    return (summary, problems)
  }
}
