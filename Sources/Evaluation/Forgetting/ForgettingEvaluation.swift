import Formats

/// What a benchmark of forgetting says of one model.
package struct ForgettingEvaluation: Sendable {
  package let benchmark: ForgettingBenchmark
  package let model: String
  package private(set) var metrics: [ForgettingMetric]
  /// TOFU's ratios of the forget set, wrong / right; `nil` without that task.
  let truthRatios: [Double]?
  let samples: ForgettingSamples

  static let lowestArea = "mia_min_k"

  /// - Parameters:
  ///   - samples: the model's answers to all tasks.
  ///   - reference: a model that never saw the forgotten texts; without one, what compares with it has no value.
  package init(
    _ benchmark: ForgettingBenchmark, model: String, samples: [SampleRecord],
    reference: ForgettingReference?
  ) {
    self.benchmark = benchmark
    self.model = model
    let own = ForgettingSamples(samples)
    self.samples = own
    switch benchmark {
    case .tofu(let split):
      let tofu = TOFUScores(split: split, samples: own)
      truthRatios = tofu.truthRatios
      metrics = tofu.metrics(reference)
    case .muse(let corpus):
      truthRatios = nil
      metrics = MUSEScores(corpus: corpus, samples: own).metrics(reference)
    }
  }

  /// Of every model and every benchmark that it answered, benchmark by benchmark.
  ///
  /// - Parameters:
  ///   - samples: answers by model.
  ///   - models: in the order of the rows.
  ///   - reference: called once for each benchmark that somebody answered.
  package static func all<Failure>(
    _ samples: [String: [SampleRecord]], models: [String],
    reference: (ForgettingBenchmark) throws(Failure) -> ForgettingReference?
  ) throws(Failure) -> [ForgettingEvaluation] {
    var all: [ForgettingEvaluation] = []
    for benchmark in ForgettingBenchmark.all {
      let answered = models.filter { model in
        samples[model]?.contains { $0.task == benchmark.mainTask } == true
      }
      guard !answered.isEmpty else { continue }
      let reference = try reference(benchmark)
      all += answered.map {
        ForgettingEvaluation(
          benchmark, model: $0, samples: samples[$0] ?? [], reference: reference)
      }
    }
    return all
  }

  package subscript(name: String) -> ForgettingMetric? { metrics.first { $0.name == name } }

  // MARK: Output

  /// One row for each number that is not a task's own.
  package var scoreRecords: [ScoreRecord] {
    let caution = Degeneracy.caution(
      samples.flags(of: benchmark.completionTask), from: Degeneracy.warningShare)
    return benchmark.derived.compactMap { name, higherIsBetter in
      guard let metric = self[name] else { return nil }
      return ScoreRecord(
        model: model, task: benchmark.group, metric: name, value: metric.value,
        standardError: nil, documents: metric.documents, higherIsBetter: higherIsBetter,
        reason: metric.reason, members: benchmark.tasks, caution: caution)
    }
  }

  /// The text of `TOFU_EVAL.json`: every metric with what each document gave.
  package var evaluationJSON: String {
    let entries = metrics.map { metric -> (String, Value) in
      var pairs: [(String, Value)] = [("agg_value", Self.number(metric.value))]
      if let reason = metric.reason { pairs.append(("reason", .string(reason))) }
      if !metric.rows.isEmpty {
        let rows = metric.rows.map { ("\($0.document)", Value.mapping($0.fields)) }
        pairs.append(("value_by_index", .mapping(Mapping(rows))))
      }
      return (metric.name, .mapping(Mapping(pairs)))
    }
    return Value.mapping(Mapping(entries)).json(.indented(by: 4)) + "\n"
  }

  /// The text of `TOFU_SUMMARY.json`: every metric's number.
  package var summaryJSON: String {
    let pairs = metrics.map { ($0.name, Self.number($0.value)) }
    return Value.mapping(Mapping(pairs)).json(.indented(by: 4)) + "\n"
  }

  private static func number(_ value: Double?) -> Value {
    value.map { .float($0) } ?? .null
  }
}
