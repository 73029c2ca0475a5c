package import Evaluation
import Foundation
package import LanguageModels

/// A Llama-architecture network and its tokenizer, answering a benchmark's questions on strings.
///
/// Tokens are split as lm-evaluation-harness does it (SEMANTICS: context and whole are encoded, the rest is
/// the continuation); what does not fit the context is cut from the left and counted.
package final class LlamaEvaluatedModel: EvaluatedModel {
  private let model: LlamaInference
  private let tokenizer: any Tokenizer
  private let settings: Settings
  /// Called after each batch with forest tokens done and in all.
  private let progress: (Int, Int) throws -> Void
  /// Work done so far.
  package private(set) var statistics = ScoringStatistics()

  package struct Settings: Sendable, Hashable {
    /// Whether contexts begin with the tokenizer's BOS; `nil`: as the tokenizer does by default.
    package var addBegin: Bool?
    /// Most tokens of context and continuation; `nil`: what the model was made for.
    package var maximumLength: Int?

    package init(addBegin: Bool? = nil, maximumLength: Int? = nil) {
      self.addBegin = addBegin
      self.maximumLength = maximumLength
    }
  }

  package init(
    model: LlamaInference, tokenizer: any Tokenizer, settings: Settings = Settings(),
    progress: @escaping (Int, Int) throws -> Void = { _, _ in }
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.settings = settings
    self.progress = progress
  }

  private var length: Int {
    min(settings.maximumLength ?? .max, model.configuration.contextLength)
  }
  private var addsBegin: Bool { settings.addBegin ?? tokenizer.addsBegin }

  /// The id that stands before a text with no context: BOS, else EOS.
  private var prefixID: Int {
    get throws {
      guard let id = tokenizer.beginID ?? tokenizer.endID else { throw ScoreError.noPrefixToken }
      return id
    }
  }

  package func logLikelihoods(
    _ requests: [LogLikelihoodRequest], receive: (Int, LogLikelihoodAnswer) throws -> Void
  ) throws {
    var encoded: [ScoringRequest] = []
    var cut: [Int] = []
    encoded.reserveCapacity(requests.count)
    for request in requests {
      let (context, continuation) = try tokenizer.encodePair(
        context: request.context, continuation: request.continuation, addBegin: addsBegin,
        prefixID: try prefixID)
      guard !continuation.isEmpty else {
        throw ScoreError.emptyContinuation(context: request.context, request.continuation)
      }
      guard continuation.count <= length else {
        throw ScoreError.continuationTooLong(tokens: continuation.count, limit: length)
      }
      let whole = context + continuation
      let kept = whole.suffix(length + 1)
      cut.append(whole.count - kept.count)
      encoded.append(ScoringRequest(tokens: kept.map { Int32($0) }, scored: continuation.count))
    }
    let done = try ContinuationScorer(model).score(encoded, progress: progress) { index, answer in
      try receive(
        index,
        LogLikelihoodAnswer(
          logLikelihood: answer.logLikelihood, isGreedy: answer.isGreedy,
          tokens: answer.logProbabilities.count, truncatedTokens: cut[index]))
    }
    add(done)
  }

  package func rollingLogLikelihoods(
    _ texts: [String], receive: (Int, LogLikelihoodAnswer) throws -> Void
  ) throws {
    var windows: [ScoringRequest] = []
    var owner: [Int] = []
    var pending = [Int](repeating: 0, count: texts.count)
    var sums = texts.map { _ in LogLikelihoodAnswer(logLikelihood: 0, isGreedy: true, tokens: 0) }
    for (index, text) in texts.enumerated() {
      let tokens = tokenizer.encode(text, addSpecial: false).map { Int32($0) }
      for window in RollingWindows(tokens: tokens, prefix: Int32(try prefixID), length: length) {
        windows.append(window)
        owner.append(index)
        pending[index] += 1
      }
      if pending[index] == 0 { try receive(index, sums[index]) }
    }
    var parts = [ScoringAnswer?](repeating: nil, count: windows.count)
    let done = try ContinuationScorer(model).score(windows, progress: progress) { window, answer in
      parts[window] = answer
      let text = owner[window]
      pending[text] -= 1
      guard pending[text] == 0 else { return }
      for part in owner.indices where owner[part] == text {
        guard let answer = parts[part] else { continue }
        sums[text].logLikelihood += answer.logLikelihood
        sums[text].isGreedy = sums[text].isGreedy && answer.isGreedy
        sums[text].tokens += answer.logProbabilities.count
      }
      try receive(text, sums[text])
    }
    add(done)
  }

  package func generate(
    _ requests: [GenerationRequest], receive: (Int, String) throws -> Void
  ) throws {
    let ends = Set(
      (model.configuration.endIDs + [tokenizer.endID].compactMap { $0 }).map { Int32($0) })
    let tasks = try requests.map { request in
      let room = max(1, length - request.maximumTokens)
      var ids = tokenizer.encode(request.prompt, addSpecial: addsBegin).suffix(room).map {
        Int32($0)
      }
      if ids.isEmpty { ids = [Int32(try prefixID)] }
      return GenerationTask(
        prompt: ids, maximumTokens: min(request.maximumTokens, length - ids.count), endIDs: ends)
    }
    try Generator(model).generate(
      tasks,
      shouldStop: { index, ids in
        guard !requests[index].stops.isEmpty else { return false }
        let text = self.text(ids)
        return requests[index].stops.contains { !$0.isEmpty && text.contains($0) }
      },
      receive: { index, ids in
        try receive(index, Self.cut(self.text(ids), at: requests[index].stops))
      })
  }

  private func text(_ ids: [Int32]) -> String {
    tokenizer.decode(ids.map { Int($0) }, skipSpecial: true)
  }

  /// The text before the first occurrence of each stop string, in order.
  package static func cut(_ text: String, at stops: [String]) -> String {
    stops.reduce(text) { text, stop in
      guard !stop.isEmpty, let range = text.range(of: stop) else { return text }
      return String(text[..<range.lowerBound])
    }
  }

  private func add(_ more: ScoringStatistics) {
    statistics.requestTokens += more.requestTokens
    statistics.forestTokens += more.forestTokens
    statistics.logitRows += more.logitRows
  }
}

/// A question that cannot be put to a model.
package enum ScoreError: Error, CustomStringConvertible, Equatable {
  case noPrefixToken
  case emptyContinuation(context: String, String)
  case continuationTooLong(tokens: Int, limit: Int)

  package var description: String {
    switch self {
    case .noPrefixToken:
      "the tokenizer has neither a BOS nor an EOS token to stand before a text without context"
    case .emptyContinuation(let context, let continuation):
      "the continuation '\(continuation.prefix(60))' after '…\(context.suffix(60))' has no tokens of its "
        + "own: the tokenizer merges it into the context; change the context's last characters"
    case .continuationTooLong(let tokens, let limit):
      "a continuation of \(tokens) tokens does not fit a context of \(limit); raise --max-length"
    }
  }
}
