import PythonText

/// What a benchmark reports: which answers it looks at and how documents are pooled.
package struct Metric: Sendable {
  package var name: String
  package var pooling: Pooling
  package var higherIsBetter: Bool
  /// Kinds of task that yield it.
  package var outputTypes: [OutputType]
  /// Names of the per-document values that pooling needs besides the one of the metric's name.
  package var companions: [String]

  /// The per-document value that log-likelihoods are divided by: `words` or `bytes`.
  package var weight: String? { pooling.kind == .weighted ? companions.first : nil }

  package static let all: [Metric] =
    [
      Metric(
        name: "acc", pooling: .mean, higherIsBetter: true,
        outputTypes: [.multipleChoice, .logLikelihood]),
      Metric(
        name: "acc_norm", pooling: .mean, higherIsBetter: true, outputTypes: [.multipleChoice]),
      Metric(
        name: "acc_bytes", pooling: .mean, higherIsBetter: true, outputTypes: [.multipleChoice]),
      Metric(
        name: "acc_mutual_info", pooling: .mean, higherIsBetter: true,
        outputTypes: [.multipleChoice]),
      Metric(
        name: "exact_match", pooling: .mean, higherIsBetter: true,
        outputTypes: [.multipleChoice, .generateUntil]),
      Metric(
        name: "f1", pooling: .f1, higherIsBetter: true, outputTypes: [.multipleChoice],
        companions: ["prediction"]),
      Metric(
        name: "mcc", pooling: .matthewsCorrelation, higherIsBetter: true,
        outputTypes: [.multipleChoice], companions: ["prediction"]),
      Metric(
        name: "brier_score", pooling: .brierScore, higherIsBetter: false,
        outputTypes: [.multipleChoice]),
      Metric(
        name: "perplexity", pooling: .perplexity, higherIsBetter: false,
        outputTypes: [.logLikelihood]),
      Metric(
        name: "word_perplexity", pooling: .weightedPerplexity, higherIsBetter: false,
        outputTypes: [.rollingLogLikelihood], companions: ["words"]),
      Metric(
        name: "byte_perplexity", pooling: .weightedPerplexity, higherIsBetter: false,
        outputTypes: [.rollingLogLikelihood], companions: ["bytes"]),
      Metric(
        name: "bits_per_byte", pooling: .bitsPerByte, higherIsBetter: false,
        outputTypes: [.rollingLogLikelihood], companions: ["bytes"]),
      Metric(.bleu, higherIsBetter: true),
      Metric(.chrf, higherIsBetter: true),
      Metric(.chrfWithWords, higherIsBetter: true),
      Metric(.ter, higherIsBetter: false),
    ] + AnswerLikelihoods.metrics
    + ReferenceOverlap.allCases.map {
      Metric(
        name: $0.rawValue, pooling: .mean, higherIsBetter: true, outputTypes: [.generateUntil])
    }

  /// A comparison of whole texts.
  private init(_ pooling: Pooling, higherIsBetter: Bool) {
    self.init(
      name: pooling.rawValue, pooling: pooling, higherIsBetter: higherIsBetter,
      outputTypes: [.generateUntil], companions: pooling.textMetric?.companions ?? [])
  }

  init(
    name: String, pooling: Pooling, higherIsBetter: Bool, outputTypes: [OutputType],
    companions: [String] = []
  ) {
    self.name = name
    self.pooling = pooling
    self.higherIsBetter = higherIsBetter
    self.outputTypes = outputTypes
    self.companions = companions
  }

  /// Metrics that the harness has and we do not → why.
  static let refused = [
    "acc_all": "it needs the task's own Python code",
    "bypass": "it scores nothing",
    "likelihood": "the harness itself cannot pool its values",
  ]

  /// What a task of this kind reports when it names no metric.
  package static func defaults(for outputType: OutputType) -> [String] {
    switch outputType {
    case .multipleChoice: ["acc", "acc_norm"]
    case .logLikelihood: ["perplexity", "acc"]
    case .rollingLogLikelihood: ["word_perplexity", "byte_perplexity", "bits_per_byte"]
    case .generateUntil: ["exact_match"]
    case .answerLikelihoods: ["probability"]
    }
  }

  // MARK: Pooling documents

  /// A score of one task and one model.
  package struct Score: Sendable, Hashable {
    /// `nil` where there is none.
    package var value: Double?
    /// Same unit; `nil` where the harness gives none.
    package var standardError: Double?
    /// Why one of them is missing.
    package var reason: String?
  }

  /// Pools the records of one task and one model.
  ///
  /// - Parameters:
  ///   - filter: name of the filter pipeline.
  ///   - bootstrapIterations: resamples for standard errors that have no formula; 0 for no standard
  ///   errors at all.
  package func pool(
    _ samples: [SampleRecord], filter: String = "none", bootstrapIterations: Int = 100_000
  ) -> Score {
    let rows = samples.compactMap { sample -> [Double]? in
      let values = ([name] + companions).compactMap { sample.value($0, filter: filter) }
      return values.count == companions.count + 1 ? values : nil
    }
    guard !rows.isEmpty else { return Score(reason: "no document has a value for \(name)") }
    let statistic: Statistic
    do throws(TemplateFault) {
      statistic = try pooling.statistic(rows)
    } catch {
      return Score(reason: error.message)
    }
    let value = statistic.value(Array(rows.indices))
    guard value.isFinite else { return Score(reason: "it is \(value)") }
    do throws(TemplateFault) {
      let error = try standardError(rows, statistic, bootstrapIterations)
      return Score(value: value, standardError: error)
    } catch {
      return Score(value: value, reason: "no standard error: \(error.message)")
    }
  }

  /// The score as a function of which of `samples` are taken, by position; `nil` where one of them
  /// has no value.
  package func pooled(
    _ samples: [SampleRecord], filter: String = "none"
  ) -> (@Sendable ([Int]) -> Double)? {
    let rows = samples.map { sample in
      ([name] + companions).compactMap { sample.value($0, filter: filter) }
    }
    guard !rows.isEmpty, rows.allSatisfy({ $0.count == companions.count + 1 }) else { return nil }
    return try? pooling.statistic(rows).value
  }

  private func standardError(
    _ rows: [[Double]], _ statistic: Statistic, _ iterations: Int
  ) throws(TemplateFault) -> Double {
    guard iterations > 0 else { throw TemplateFault("switched off") }
    guard rows.count > 1 else { throw TemplateFault("there is only one document") }
    let error: Double?
    switch pooling.error {
    case .none: throw TemplateFault("\(pooling.rawValue) has none")
    case .formula: error = StandardError.ofMean(rows.map { $0[0] })
    case .bootstrap(let most):
      error = StandardError.bootstrap(
        count: rows.count, iterations: min(iterations, most), statistic: statistic)
    }
    guard let error, error.isFinite else { throw TemplateFault("too few resamples") }
    return error
  }
}

/// The kinds of question that a task asks.
package enum OutputType: String, Sendable, CaseIterable {
  case multipleChoice = "multiple_choice"
  case logLikelihood = "loglikelihood"
  case rollingLogLikelihood = "loglikelihood_rolling"
  case generateUntil = "generate_until"
  /// Of this project, not of the harness.
  case answerLikelihoods = "answer_likelihoods"
}
