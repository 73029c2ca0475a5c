import Evaluation

extension EvaluationTask {
  /// The metrics in the harness's order: texts are scored in the task's, likelihoods in its own.
  var harnessMetrics: [Metric] {
    if outputType == .generateUntil { return metrics }
    let order = [
      "perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte", "acc", "f1", "mcc",
      "acc_norm", "acc_bytes", "exact_match", "brier_score", "acc_mutual_info",
    ]
    func rank(_ metric: Metric) -> Int { order.firstIndex(of: metric.name) ?? order.count }
    return metrics.enumerated()
      .sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
  }
}

extension HarnessRun.ScoredTask {
  /// The scores in the harness's order: filter by filter.
  var harnessScores: [ScoreRecord] {
    let metrics = task.harnessMetrics.map(\.name)
    var filters: [String] = []
    for score in scores where !filters.contains(score.filter) { filters.append(score.filter) }
    return filters.flatMap { filter in
      let own = scores.filter { $0.filter == filter }
      return metrics.flatMap { metric in own.filter { $0.metric == metric } }
        + own.filter { !metrics.contains($0.metric) }
    }
  }
}
