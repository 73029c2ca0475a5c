import LanguageModels
import Tensors
import TestSupport
import Testing

/// Draws follow the distribution they are cut from, and depend on the seed alone.
@Suite struct SamplingTests {
  private let model: DecoderInference

  init() throws {
    let folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    model = try DecoderInference(
      configuration: folder.configuration, checkpoint: folder.checkpoint, computeType: .float32)
  }

  private func first(
    _ prompt: [Int32], _ samplings: [Sampling?], tokens: Int = 1
  ) throws -> [[Int32]] {
    var all = [[Int32]](repeating: [], count: samplings.count)
    try Generator(model).generate(
      samplings.map {
        GenerationTask(prompt: prompt, maximumTokens: tokens, endIDs: [], sampling: $0)
      }, shouldStop: { _, _ in false }, receive: { all[$0] = $1 })
    return all
  }

  /// Probabilities of the next token, from the scorer.
  private func probabilities(_ prompt: [Int32], temperature: Double) throws -> [Double] {
    var logs = [Double](repeating: 0, count: model.configuration.vocabularySize)
    let requests = logs.indices.map {
      ScoringRequest(tokens: prompt + [Int32($0)], scored: 1)
    }
    _ = try ContinuationScorer(model).score(requests) { logs[$0] = $1.logLikelihood }
    let weights = logs.map { exponential($0 / temperature) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  private func exponential(_ x: Double) -> Double {
    // exp(x) = (1 + x / n)ⁿ in the limit; n = 2⁴⁰ is exact enough for frequencies.
    var value = 1 + x / 0x1p40
    for _ in 0..<40 { value *= value }
    return value
  }

  @Test(arguments: [0.5, 1.5])
  func frequenciesAreTheProbabilities(_ temperature: Double) throws {
    let prompt: [Int32] = [1, 5, 9]
    let draws = try first(
      prompt, (0..<4000).map { Sampling(temperature: temperature, seed: UInt64($0)) })
    let expected = try probabilities(prompt, temperature: temperature)
    for (id, probability) in expected.enumerated() {
      let count = Double(draws.count { $0 == [Int32(id)] })
      // Six standard deviations of a binomial count.
      let deviation = (4000 * probability * (1 - probability)).squareRoot()
      expectClose(count, 4000 * probability, absolute: 6 * deviation + 1)
    }
  }

  @Test func topOneIsGreedy() throws {
    let prompt: [Int32] = [3, 7, 2, 11]
    let all = try first(
      prompt,
      [nil, Sampling(topK: 1, seed: 5), Sampling(temperature: 2, topP: 1e-9, seed: 6)], tokens: 12)
    #expect(all[0] == all[1])
    #expect(all[0] == all[2])
  }

  @Test func onlyTheNucleusIsDrawn() throws {
    let prompt: [Int32] = [1, 5, 9]
    let sorted = try probabilities(prompt, temperature: 1).enumerated()
      .sorted { $0.element > $1.element }
    var (nucleus, sum): (Set<Int32>, Double) = ([], 0)
    for (id, probability) in sorted where sum < 0.3 {
      nucleus.insert(Int32(id))
      sum += probability
    }
    let draws = try first(prompt, (0..<500).map { Sampling(topP: 0.3, seed: UInt64($0)) })
    #expect(Set(draws.flatMap { $0 }) == nucleus)
    let three = try first(prompt, (0..<500).map { Sampling(topK: 3, seed: UInt64($0)) })
    #expect(Set(three.flatMap { $0 }) == Set(sorted.prefix(3).map { Int32($0.offset) }))
  }

  @Test func companyDoesNotMatter() throws {
    let prompt: [Int32] = [2, 4, 6]
    let samplings = (0..<9).map { Sampling(seed: UInt64($0)) }
    let together = try first(prompt, samplings, tokens: 10)
    for (index, sampling) in samplings.enumerated() {
      #expect(try first(prompt, [sampling], tokens: 10)[0] == together[index])
    }
    #expect(Set(together).count > 1)
  }
}
