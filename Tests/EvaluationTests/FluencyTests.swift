import Formats
import Foundation
import TestSupport
import Testing

@testable import Evaluation

/// Perplexities of made-up likelihoods, computed independently with NumPy.
@Suite struct FluencyTests {
  private static let likelihoods: [(sum: Double, tokens: Int)] = [
    (3.2, 4), (10.5, 3), (0.9, 2), (60, 5), (7.7, 9), (29, 3),
  ]

  /// Answers by the number in the continuation; unconditional ones are twice as improbable.
  private func records(_ definitions: [PerplexityDefinition]) throws -> [CompletionRecord] {
    let completions = ["0", "1", "", "2", " 3 ", "4", "5", "merged"].enumerated().map { id, text in
      CompletionRecord(
        ToxicityPrompt(id: id, text: "prompt"), source: "village", variant: "base",
        completion: text)
    }
    let model = ScriptedModel(answer: { request in
      let number = Int(request.continuation.trimmingCharacters(in: .whitespaces))
      guard let number else {
        return LogLikelihoodAnswer(logLikelihood: 0, isGreedy: true, tokens: 0)
      }
      let isBare = request.context.isEmpty && request.continuation == "\(number)"
      let factor = request.context == "prompt" ? 1.0 : isBare ? 0.5 : .nan
      let (sum, tokens) = Self.likelihoods[number]
      return LogLikelihoodAnswer(logLikelihood: -sum * factor, isGreedy: false, tokens: tokens)
    })
    return try CompletionPerplexity(definitions).answer(completions, by: model)
  }

  @Test(
    arguments: [
      (.dexperts, 9.81549653382095, 7.7685531327942305, 4),
      (.corpus, 72.29603095495429, 165.6950060539355, 6),
    ] as [(PerplexityDefinition, Double, Double, Int)])
  func conditional(definition: PerplexityDefinition, value: Double, error: Double, count: Int)
    throws
  {
    let answered = try records([definition])
    #expect(answered.allSatisfy { $0.unconditionalTokens == nil })
    let score = CompletionPerplexity([definition])
      .scoreRecords(answered, model: "base", task: "village")[0]
    #expect(score.metric == "perplexity.\(definition.rawValue)" && score.documents == count)
    expectClose(score.value ?? .nan, value, absolute: 0, relative: 1e-14)
    expectClose(score.standardError ?? .nan, error, absolute: 0, relative: 1e-13)
    let dropped = "2 completions dropped: perplexity 10000 or more, "
    #expect(
      score.caution == (definition == .dexperts ? dropped : "") + "2 of 8 completions are empty")
  }

  @Test func unconditional() throws {
    let all = CompletionPerplexity()
    let scores = all.scoreRecords(
      try records(all.definitions), model: "base", task: "village")
    #expect(scores.map(\.metric).count == 4)
    let halves = Self.likelihoods.map { exp($0.sum / 2 / Double($0.tokens)) }
    expectClose(
      scores[1].value ?? .nan, halves.reduce(0, +) / 6, absolute: 0, relative: 1e-14, "hf_evaluate")
    expectClose(
      scores[3].value ?? .nan, 72.29603095495429.squareRoot(), absolute: 0, relative: 1e-14)
  }

  /// A context of two words: the first completion alone does not fit, the second does without its prompt.
  @Test func whatDoesNotFitIsCounted() throws {
    let model = ScriptedModel(answer: { request in
      let words = request.continuation.split(separator: " ").count
      let all = request.context.split(separator: " ").count + words
      return LogLikelihoodAnswer(
        logLikelihood: words > 2 ? 0 : -1, isGreedy: false, tokens: words > 2 ? 0 : words,
        truncatedTokens: words > 2 ? all : max(all - 2, 0))
    })
    let records = ["one two three", "one two", "one"].enumerated().map { id, text in
      CompletionRecord(
        ToxicityPrompt(id: id, text: "prompt"), source: "village", variant: "base",
        completion: text)
    }
    let measure = CompletionPerplexity()
    let answered = try measure.answer(records, by: model)
    #expect(answered.map(\.likelihoodTruncatedTokens) == [4, 1, nil])
    let scores = measure.scoreRecords(answered, model: "base", task: "village")
    #expect(scores.map(\.documents) == [2, 2, 2, 2])
    let long = "1 of 3 completions are longer than the perplexity model's context and not scored"
    let cut = "1 of 3 prompts were cut from the left to fit the perplexity model's context"
    #expect(
      scores.map(\.caution) == [long + ", " + cut, long, long + ", " + cut, long],
      "\(scores.map(\.metric))")
  }

  @Test func nothingToScoreIsNoNumber() {
    let scores = CompletionPerplexity().scoreRecords([], model: "base", task: "village")
    #expect(scores.allSatisfy { $0.value == nil && $0.reason == "no completion could be scored" })
  }
}
