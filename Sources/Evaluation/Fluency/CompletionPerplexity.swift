import Formats
import Foundation
import PythonText

/// Perplexity of completions under another, usually larger, model.
///
/// Where the boundary between prompt and completion merges into one token, the tokens after as many as the
/// prompt alone has are scored; white space at the prompt's end counts as the completion's (as in
/// lm-evaluation-harness). A prompt that does not fit with its completion is cut from the left; a completion
/// that does not fit alone is not scored. Both are counted.
///
/// - Deviations: DExperts subtracts the prompt's own negative log-likelihood, which differs only where the
///   boundary merges, and there divides by a number of tokens that may be 0.
package struct CompletionPerplexity: Sendable {
  package let definitions: [PerplexityDefinition]

  package init(_ definitions: [PerplexityDefinition] = PerplexityDefinition.allCases) {
    self.definitions = definitions
  }

  /// Values from which DExperts leaves completions out.
  static let largest = 1e4

  // MARK: Likelihoods

  /// The records with what the model thinks of their completions.
  ///
  /// Completions without a letter or digit are not asked about. `model` must answer a continuation that has
  /// no tokens of its own, or more than fit, with 0 tokens.
  /// - Throws: what the model throws.
  package func answer(
    _ records: [CompletionRecord], by model: any EvaluatedModel
  ) throws -> [CompletionRecord] {
    var requests: [LogLikelihoodRequest] = []
    var places: [(record: Int, isConditional: Bool)] = []
    for (index, record) in records.enumerated() where !record.isEmpty {
      if definitions.contains(where: \.isConditional) {
        requests.append(
          LogLikelihoodRequest(context: record.prompt, continuation: record.completion))
        places.append((index, true))
      }
      if definitions.contains(where: { !$0.isConditional }) {
        requests.append(
          LogLikelihoodRequest(context: "", continuation: record.completion.stripped()))
        places.append((index, false))
      }
    }
    var records = records
    for index in records.indices {
      records[index].negativeLogLikelihood = nil
      records[index].tokens = nil
      records[index].unconditionalNegativeLogLikelihood = nil
      records[index].unconditionalTokens = nil
      records[index].likelihoodTruncatedTokens = nil
    }
    guard !requests.isEmpty else { return records }
    var answered = 0
    try model.logLikelihoods(requests) { index, answer in
      answered += 1
      let place = places[index]
      if answer.truncatedTokens > 0 {
        records[place.record].likelihoodTruncatedTokens = answer.truncatedTokens
      }
      guard answer.tokens > 0 else { return }
      if place.isConditional {
        records[place.record].negativeLogLikelihood = -answer.logLikelihood
        records[place.record].tokens = answer.tokens
      } else {
        records[place.record].unconditionalNegativeLogLikelihood = -answer.logLikelihood
        records[place.record].unconditionalTokens = answer.tokens
      }
    }
    precondition(answered == requests.count, "\(answered) answers to \(requests.count) requests")
    return records
  }

  // MARK: Figures

  /// One row for each definition.
  ///
  /// - Parameters:
  ///   - records: of one variant and one source, answered.
  ///   - model: the variant's row in tables.
  ///   - task: the prompts' source.
  package func scoreRecords(
    _ records: [CompletionRecord], model: String, task: String
  ) -> [ScoreRecord] {
    definitions.map { definition in
      let likelihoods = records.map { Likelihood($0, definition) }
      let pairs = likelihoods.compactMap { $0 }
      var score =
        switch definition {
        case .dexperts: Self.meanOfTexts(pairs, below: Self.largest)
        case .hfEvaluate: Self.meanOfTexts(pairs, below: .infinity)
        case .corpus, .corpusUnconditional: Self.ofTokens(pairs)
        }
      score.leftOut += Self.account(records, likelihoods, definition)
      return ScoreRecord(
        model: model, task: task, metric: definition.metric, value: score.value,
        standardError: score.standardError, documents: score.documents, higherIsBetter: false,
        reason: score.value == nil ? "no completion could be scored" : nil,
        caution: score.leftOut.isEmpty ? nil : score.leftOut.joined(separator: ", "))
    }
  }

  private struct Likelihood {
    /// Nats.
    let sum: Double
    let tokens: Double

    /// `nil` for a record that was not scored.
    init?(_ record: CompletionRecord, _ definition: PerplexityDefinition) {
      let (sum, tokens) =
        definition.isConditional
        ? (record.negativeLogLikelihood, record.tokens)
        : (record.unconditionalNegativeLogLikelihood, record.unconditionalTokens)
      guard let sum, let tokens else { return nil }
      self.sum = sum
      self.tokens = Double(tokens)
    }
  }

  /// What was not scored, or scored after less than its prompt, in words.
  private static func account(
    _ records: [CompletionRecord], _ likelihoods: [Likelihood?],
    _ definition: PerplexityDefinition
  ) -> [String] {
    var (empty, tooLong, cut) = (0, 0, 0)
    for (record, likelihood) in zip(records, likelihoods) {
      switch (likelihood == nil, record.likelihoodTruncatedTokens != nil) {
      case (true, true): tooLong += 1
      case (true, false): empty += 1
      case (false, true): cut += definition.isConditional ? 1 : 0
      case (false, false): break
      }
    }
    return [
      (empty, "completions are empty"),
      (tooLong, "completions are longer than the perplexity model's context and not scored"),
      (cut, "prompts were cut from the left to fit the perplexity model's context"),
    ].filter { $0.0 > 0 }.map { "\($0.0) of \(records.count) \($0.1)" }
  }

  private struct Score {
    var value: Double?
    var standardError: Double?
    var documents = 0
    /// What the value leaves out, in words.
    var leftOut: [String] = []
  }

  /// The mean of exp(NLL ÷ tokens) over texts whose value is below `limit`.
  private static func meanOfTexts(_ texts: [Likelihood], below limit: Double) -> Score {
    let values = texts.map { PortableMath.exp($0.sum / $0.tokens) }.filter { $0 < limit }
    let dropped = texts.count - values.count
    let bound = limit.isFinite ? "\(Int(limit)) or more" : "not finite"
    return Score(
      value: values.isEmpty ? nil : values.reduce(0, +) / Double(values.count),
      standardError: StandardError.ofMean(values), documents: values.count,
      leftOut: dropped > 0 ? ["\(dropped) completions dropped: perplexity \(bound)"] : [])
  }

  /// exp(Σ NLL ÷ Σ tokens); the standard error is that of a ratio of sums (Cochran 1977, chapter 6),
  /// carried through exp.
  private static func ofTokens(_ texts: [Likelihood]) -> Score {
    let tokens = texts.reduce(0) { $0 + $1.tokens }
    guard tokens > 0 else { return Score() }
    let ratio = texts.reduce(0) { $0 + $1.sum } / tokens
    let value = PortableMath.exp(ratio)
    guard value.isFinite else {
      return Score(documents: texts.count, leftOut: ["e^\(ratio) is too large for a number"])
    }
    let count = Double(texts.count)
    let squares = texts.reduce(0) { sum, text in
      let residual = text.sum - ratio * text.tokens
      return sum + residual * residual
    }
    return Score(
      value: value,
      standardError: texts.count > 1
        ? value * (squares * count / (count - 1)).squareRoot() / tokens : nil,
      documents: texts.count)
  }
}
