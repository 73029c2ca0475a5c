/// Log-likelihoods of continuations, with every distinct prefix computed once and logits only where needed.
package struct ContinuationScorer {
  private let model: DecoderInference

  package init(_ model: DecoderInference) { self.model = model }

  /// Scores all requests.
  ///
  /// Results are batch-invariant: a request's result does not depend on other requests, their order or the batch size.
  /// - Parameters:
  ///   - requests: every one of at least one scored token and at most the model's context plus one.
  ///   - progress: called after each batch with forest tokens done and in all.
  ///   - receive: receives an index and its answer as soon as it is known; an error that it throws stops the work.
  package func score(
    _ requests: [ScoringRequest], progress: (Int, Int) throws -> Void = { _, _ in },
    receive: (Int, ScoringAnswer) throws -> Void
  ) throws -> ScoringStatistics {
    let inputs = requests.map { Array($0.tokens.dropLast()) }
    let forest = TokenForest(inputs)
    let schedule = ForestSchedule(forest, sequences: inputs, pool: model.pool)
    var questions = Questions(requests, schedule)
    var statistics = ScoringStatistics()
    statistics.requestTokens = inputs.reduce(0) { $0 + $1.count }
    statistics.forestTokens = forest.tokens
    defer { questions.unanswered.forEach(schedule.finish) }
    var done = 0
    while !schedule.isExhausted {
      let (segments, rows) = schedule.next(tokens: model.batchTokens, mayExceedBudget: true)
      try model.forward(segments)
      let asked = rows.indices.filter { questions.isAsked(rows[$0]) }
      statistics.logitRows += asked.count
      try model.logits(ofRows: asked) { row, next in
        for (index, answer) in questions.answer(rows[row], next) {
          schedule.finish(sequence: index)
          try receive(index, answer)
        }
      }
      done += rows.count
      try progress(done, forest.tokens)
    }
    return statistics
  }
}

/// Which rows of a forest predict which tokens of which requests.
private struct Questions {
  private struct Question {
    let request: Int
    /// Position among the request's scored tokens.
    let index: Int
    let token: Int32
  }

  private var questions: [[Int: [Question]]]
  private var answers: [[Double]]
  private var greedy: [Bool]
  /// Empty for requests that do not ask for them.
  private var distributions: [[TokenDistribution]]
  private var missing: [Int]

  init(_ requests: [ScoringRequest], _ schedule: ForestSchedule) {
    questions = schedule.forest.nodes.map { _ in [:] }
    answers = requests.map { [Double](repeating: 0, count: $0.scored) }
    greedy = requests.map { _ in true }
    let unknown = TokenDistribution(isLikeliest: false, mean: 0, variance: 0)
    distributions = requests.map {
      Array(repeating: unknown, count: $0.tellsDistributions ? $0.scored : 0)
    }
    missing = requests.map(\.scored)
    for (number, request) in requests.enumerated() {
      let first = request.tokens.count - request.scored
      precondition(first >= 1 && request.scored >= 1, "nothing predicts token \(first)")
      schedule.forEachAncestor(of: schedule.forest.lastNode[number]) { node in
        // The row at position p predicts the token at p + 1.
        let range = schedule.forest.nodes[node].range.clamped(
          to: first - 1..<request.tokens.count - 1)
        for position in range {
          questions[node][position, default: []].append(
            Question(
              request: number, index: position + 1 - first, token: request.tokens[position + 1]))
        }
      }
    }
  }

  /// Requests that have not been answered, after an error.
  var unanswered: [Int] { missing.indices.filter { missing[$0] > 0 } }

  func isAsked(_ row: ForestSchedule.Row) -> Bool { questions[row.node][row.position] != nil }

  /// Records a row's predictions; returns the requests that are complete.
  mutating func answer(
    _ row: ForestSchedule.Row, _ next: NextToken
  ) -> [(Int, ScoringAnswer)] {
    var complete: [(Int, ScoringAnswer)] = []
    for question in questions[row.node][row.position] ?? [] {
      answers[question.request][question.index] = next.logProbability(question.token)
      if next.argmax != question.token { greedy[question.request] = false }
      if !distributions[question.request].isEmpty {
        distributions[question.request][question.index] = next.distribution(question.token)
      }
      missing[question.request] -= 1
      if missing[question.request] == 0 {
        complete.append(
          (
            question.request,
            ScoringAnswer(
              logLikelihood: answers[question.request].reduce(0, +),
              isGreedy: greedy[question.request], logProbabilities: answers[question.request],
              distributions: distributions[question.request])
          ))
      }
    }
    return complete
  }
}
