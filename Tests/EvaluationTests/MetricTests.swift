import Evaluation
import Foundation
import TestSupport
import Testing

/// Values computed with lm-evaluation-harness 0.4.13.
@Suite struct MetricTests {
  private func samples(_ rows: [[String: Double]]) -> [SampleRecord] {
    rows.enumerated().map {
      SampleRecord(
        task: "isles", documentID: $0, target: "", outcomes: [FilteredOutcome(metrics: $1)],
        promptDigest: "")
    }
  }

  private func metric(_ name: String) throws -> Metric {
    try #require(Metric.all.first { $0.name == name })
  }

  @Test func meanHasTheSampleStandardError() throws {
    let rows = (0..<10).map { ["acc": $0 < 7 ? 1.0 : 0] }
    let pooled = try metric("acc").pool(samples(rows))
    #expect(pooled.value == 0.7)
    expectClose(pooled.standardError ?? .nan, 0.15275252316519466, absolute: 1e-16)
    #expect(try metric("acc").pool(samples(rows), bootstrapIterations: 0).standardError == nil)
    let one = try metric("acc").pool(samples([["acc": 1]]))
    #expect(one.value == 1 && one.standardError == nil)
    #expect(one.reason?.contains("only one document") == true)
    #expect(try metric("acc").pool([]).reason == "no document has a value for acc")
  }

  @Test func perplexities() throws {
    let perplexity = try metric("perplexity").pool(
      samples([["perplexity": -1], ["perplexity": -2]]), bootstrapIterations: 1000)
    expectClose(perplexity.value ?? .nan, 4.4816890703380645, absolute: 1e-14)
    #expect(perplexity.standardError != nil)
    let words = samples([
      ["word_perplexity": -10, "words": 5], ["word_perplexity": -6, "words": 3],
    ])
    expectClose(
      try metric("word_perplexity").pool(words).value ?? .nan, 7.38905609893065, absolute: 1e-14)
    let bytes = samples([["bits_per_byte": -10, "bytes": 20], ["bits_per_byte": -6, "bytes": 10]])
    let pooled = try metric("bits_per_byte").pool(bytes)
    expectClose(pooled.value ?? .nan, 0.7694373551407805, absolute: 1e-15)
    #expect(pooled.standardError == nil)
    #expect(pooled.reason == "no standard error: bits_per_byte has none")
  }

  @Test func bootstrapDrawsAsPythonDoes() throws {
    let rows = [-1.0, -2, -3, -0.5].map { ["perplexity": $0] }
    let pooled = try metric("perplexity").pool(samples(rows), bootstrapIterations: 2000)
    expectClose(pooled.standardError ?? .nan, 2.9071223460218736, absolute: 1e-12)
  }

  /// (gold, prediction) pairs; the figures are scikit-learn's.
  @Test func labelScores() throws {
    let rows = [(1, 1), (0, 1), (1, 0), (1, 1), (0, 0)].map { gold, prediction in
      ["f1": Double(gold), "mcc": Double(gold), "prediction": Double(prediction)]
    }
    expectClose(try metric("f1").pool(samples(rows)).value ?? .nan, 2.0 / 3, absolute: 1e-15)
    expectClose(
      try metric("mcc").pool(samples(rows)).value ?? .nan, 1.0 / 6, absolute: 1e-15)
    let three = samples(rows + [["f1": 2, "mcc": 2, "prediction": 0]])
    #expect(try metric("f1").pool(three).value == nil)
    #expect(try metric("f1").pool(three).reason?.contains("0, 1, 2") == true)
    #expect(try metric("mcc").pool(three).value != nil)
  }

  @Test func whatIsNoNumberIsSaid() throws {
    let pooled = try metric("acc").pool(samples([["acc": 1], ["acc": .nan]]))
    #expect(pooled.value == nil && pooled.reason == "it is nan")
  }

  /// The ends are those of scipy's `binomtest(k, n).proportion_ci(method="wilson")`.
  @Test(arguments: [
    (0, 10, 0, 0.27753279986288926), (10, 10, 0.7224672001371109, 1),
    (1, 7, 0.02567962434474358, 0.5131278292743189),
    (187, 940, 0.17466438941935064, 0.22565862594468877),
    (1, 100_000, 1.765247730378316e-06, 5.664709659040965e-05),
  ])
  func wilson(successes: Int, count: Int, low: Double, high: Double) {
    let interval = wilsonInterval(share: Double(successes) / Double(count), of: count)
    expectClose(interval.lowerBound, low, absolute: 1e-14)
    expectClose(interval.upperBound, high, absolute: 1e-14)
  }
}
