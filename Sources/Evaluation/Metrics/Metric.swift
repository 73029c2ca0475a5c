import Foundation

/// What a benchmark reports: which answers it looks at and how documents are pooled.
package struct Metric: Sendable {
  /// How the documents' values become one number.
  package enum Pooling: String, Sendable, CaseIterable {
    case mean
    /// exp(−mean log-likelihood)
    case perplexity
    /// exp(−Σ log-likelihood / Σ words or bytes)
    case weightedPerplexity = "weighted_perplexity"
    /// −Σ log-likelihood / Σ bytes / ln 2
    case bitsPerByte = "bits_per_byte"
  }

  package var name: String
  package var pooling: Pooling
  package var higherIsBetter: Bool
  /// Kinds of task that yield it.
  package var outputTypes: [OutputType]
  /// The per-document value that log-likelihoods are divided by: `words` or `bytes`.
  package var weight: String?

  package static let all: [Metric] = [
    Metric(
      name: "acc", pooling: .mean, higherIsBetter: true,
      outputTypes: [.multipleChoice, .logLikelihood]),
    Metric(
      name: "acc_norm", pooling: .mean, higherIsBetter: true, outputTypes: [.multipleChoice]),
    Metric(
      name: "acc_bytes", pooling: .mean, higherIsBetter: true, outputTypes: [.multipleChoice]),
    Metric(
      name: "exact_match", pooling: .mean, higherIsBetter: true,
      outputTypes: [.multipleChoice, .generateUntil]),
    Metric(
      name: "perplexity", pooling: .perplexity, higherIsBetter: false,
      outputTypes: [.logLikelihood]),
    Metric(
      name: "word_perplexity", pooling: .weightedPerplexity, higherIsBetter: false,
      outputTypes: [.rollingLogLikelihood], weight: "words"),
    Metric(
      name: "byte_perplexity", pooling: .weightedPerplexity, higherIsBetter: false,
      outputTypes: [.rollingLogLikelihood], weight: "bytes"),
    Metric(
      name: "bits_per_byte", pooling: .bitsPerByte, higherIsBetter: false,
      outputTypes: [.rollingLogLikelihood], weight: "bytes"),
  ]

  /// What a task of this kind reports when it names no metric.
  package static func defaults(for outputType: OutputType) -> [String] {
    switch outputType {
    case .multipleChoice: ["acc", "acc_norm"]
    case .logLikelihood: ["perplexity", "acc"]
    case .rollingLogLikelihood: ["word_perplexity", "byte_perplexity", "bits_per_byte"]
    case .generateUntil: ["exact_match"]
    }
  }

  /// Pools the records of one task and one model.
  ///
  /// - Returns: the value and its standard error, `nil` where the harness gives none.
  package func pool(
    _ samples: [SampleRecord], filter: String = "none"
  ) -> (value: Double, standardError: Double?)? {
    let values = samples.compactMap { $0.value(name, filter: filter) }
    guard !values.isEmpty else { return nil }
    let mean = { (values: [Double]) in values.reduce(0, +) / Double(values.count) }
    switch pooling {
    case .mean: return (mean(values), StandardError.ofMean(values))
    case .perplexity:
      let statistic = { (values: [Double]) in exp(-mean(values)) }
      return (statistic(values), StandardError.bootstrap(values, statistic: statistic))
    case .weightedPerplexity, .bitsPerByte:
      let total = samples.compactMap { $0.value(weight ?? "", filter: filter) }.reduce(0, +)
      guard total > 0 else { return nil }
      let rate = -values.reduce(0, +) / total
      return (pooling == .bitsPerByte ? rate / log(2) : exp(rate), nil)
    }
  }
}

/// The kinds of question that a task asks.
package enum OutputType: String, Sendable, CaseIterable {
  case multipleChoice = "multiple_choice"
  case logLikelihood = "loglikelihood"
  case rollingLogLikelihood = "loglikelihood_rolling"
  case generateUntil = "generate_until"
}
