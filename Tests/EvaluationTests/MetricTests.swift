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
    let pooled = try #require(try metric("acc").pool(samples(rows)))
    #expect(pooled.value == 0.7)
    expectClose(pooled.standardError ?? .nan, 0.15275252316519466, absolute: 1e-16)
    #expect(try metric("acc").pool(samples([["acc": 1]]))?.standardError == nil)
    #expect(try metric("acc").pool([]) == nil)
  }

  @Test func perplexities() throws {
    let perplexity = try #require(
      try metric("perplexity").pool(samples([["perplexity": -1], ["perplexity": -2]])))
    expectClose(perplexity.value, 4.4816890703380645, absolute: 1e-14)
    let words = samples([
      ["word_perplexity": -10, "words": 5], ["word_perplexity": -6, "words": 3],
    ])
    expectClose(
      try #require(try metric("word_perplexity").pool(words)).value, 7.38905609893065,
      absolute: 1e-14)
    let bytes = samples([["bits_per_byte": -10, "bytes": 20], ["bits_per_byte": -6, "bytes": 10]])
    let pooled = try #require(try metric("bits_per_byte").pool(bytes))
    expectClose(pooled.value, 0.7694373551407805, absolute: 1e-15)
    #expect(pooled.standardError == nil)
  }

  @Test func bootstrapDrawsAsPythonDoes() {
    let error = StandardError.bootstrap([-1, -2, -3, -0.5], iterations: 2000) { values in
      exp(-values.reduce(0, +) / Double(values.count))
    }
    expectClose(error ?? .nan, 2.9071223460218736, absolute: 1e-12)
  }
}
