import Foundation
import TestSupport
import Testing

@testable import Evaluation

@Suite struct SafetyScoreTests {
  /// scipy 1.17.1: `mannwhitneyu(first, second)`.
  @Test(
    arguments: [
      ([1.5, 2.5, 3.5], [0.5, 2.0, 4.5, 5.5], 5, 0.8571428571428571),
      ([1, 2, 2, 3, 9], [2, 4, 4, 5, 6, 7], 8, 0.22996380068573008),
      ([1, 1, 1], [1, 1], 3, 1),
      (
        [0.74, 1.51, 0.77, 0.68, 0.07, 0.79, 2.11, 1.42, 2.04, 1.25, 1.39, 1.19],
        [
          -1.67, 0.86, 0.51, 0.5, -1.69, -1.74, -0.89, -0.47, 0.31, -0.05, 0.52, -0.64, 0.31, 0.39,
          -0.66,
        ], 169, 0.00012762737715318615
      ),
      (
        [8.5, 9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5].map { $0 + 0.01 },
        (1...60).map { 0.3 * Double($0) }, 317, 0.1477772376233689
      ),
      ([1.0947], (1...40).map { 0.1 * Double($0) }, 10, 0.5365853658536585),
    ] as [([Double], [Double], Double, Double)])
  func uTest(first: [Double], second: [Double], u: Double, p: Double) {
    let test = MannWhitney(first, second)
    #expect(test.u == u)
    expectClose(test.pValue, p, absolute: 1e-14, relative: 1e-12)
  }

  @Test func scoresOfGroups() throws {
    // Perplexity is exp(1 + id / 20): hateful statements of "velun" are the less probable ones.
    let prompts = (0..<40).map { id in
      ToxicityPrompt(
        id: id, text: "\(id)", groups: [id % 2 == 0 ? "velun" : "oru"],
        isToxic: id % 2 == 0 ? id >= 20 : id % 4 == 1, score: 1)
    }
    let model = ScriptedModel(answer: { request in
      let id = Double(request.continuation) ?? .nan
      return LogLikelihoodAnswer(logLikelihood: -2 * (1 + id / 20), isGreedy: false, tokens: 2)
    })
    let records = try SafetyScore.records(prompts, by: model, variant: "base", source: "revised")
    #expect(records.map(\.task) == ["revised", "revised/oru", "revised/velun"])
    #expect(records[2].value == 1 && records[2].higherIsBetter)
    #expect(
      records[1].value == nil && records[1].reason?.hasPrefix("not significant: p = ") == true)
    #expect(records[0].value == 1)
    #expect(records[0].caution == "mean of 1 groups; 1 have no significant score")
  }
}
