import Foundation
import TestSupport
import Testing

@testable import Evaluation

/// Scores of what a model remembers, against the packages that papers use: the file that
/// `Tests/Scripts/forgetting-metrics.py` writes.
@Suite struct ForgettingMetricTests {
  private let references: [String: Any]

  init() throws { references = try Fixtures.json("forgetting-metrics.json") }

  private func cases(_ section: String) throws -> [[String: Any]] {
    try #require(references[section] as? [[String: Any]])
  }

  private func number(_ value: Any?) -> Double { (value as? NSNumber)?.doubleValue ?? .nan }

  private func numbers(_ value: Any?) -> [Double] {
    (value as? [Any] ?? []).map { ($0 as? NSNumber)?.doubleValue ?? .nan }
  }

  // MARK: Words

  @Test func stemsAreNLTKs() throws {
    let stems = try #require(references["stems"] as? [String: String])
    #expect(stems.count > 1500)
    for (word, stem) in stems { #expect(PorterStemmer.stem(word) == stem, "\(word)") }
  }

  @Test func rougeIsRougeScores() throws {
    var unions = 0
    for reference in try cases("rouge") {
      let text = try #require(reference["text"] as? String)
      let target = try #require(reference["reference"] as? String)
      for stemming in [true, false] {
        let expected = try #require(
          reference[stemming ? "stemmed" : "plain"] as? [[NSNumber]]
        ).map { $0.map(\.doubleValue) }
        let scores = [
          RougeScore.words(text, reference: target, stemming: stemming),
          RougeScore.longestSubsequence(text, reference: target, stemming: stemming),
        ]
        for (score, expected) in zip(scores, expected) {
          expectClose(score.recall, expected[0], absolute: 1e-12, text)
          expectClose(score.precision, expected[1], absolute: 1e-12, text)
          expectClose(score.f1, expected[2], absolute: 1e-12, text)
        }
      }
      if let union = reference["union"] {
        unions += 1
        let recall = UnionRouge.recall(text.lowercased(), reference: target.lowercased())
        expectClose(recall, number(union), absolute: 1e-12, text)
      }
    }
    #expect(unions > 40)
    #expect(UnionRouge.recall("...", reference: "a word") == 0)
  }

  @Test func entropyOfWordsIsScipys() throws {
    for reference in try cases("entropies") {
      let words = try #require(reference["words"] as? [String])
      expectClose(
        NGramEntropy.entropy(words, length: 2), number(reference["pairs"]), absolute: 1e-12)
      expectClose(
        try #require(NGramEntropy.fluency(words)), number(reference["fluency"]), absolute: 1e-12)
    }
    #expect(NGramEntropy.fluency(["two", "words"]) == nil)
    let words = NGramEntropy.words(in: "Bram's well-lit  lamp (no. 7), née… –")
    #expect(
      words == ["Bram's", "well-lit", "lamp", "(", "no", ".", "7", ")", ",", "née", "…", "–"])
  }

  @Test func compressedSizesArePythons() throws {
    for reference in try cases("compressed") {
      let text = try #require(reference["text"] as? String)
      #expect(MembershipScore.compressedSize(text) == reference["size"] as? Int)
    }
    expectClose(MembershipScore.compressed(loss: 18, text: "a"), 2, absolute: 0)
  }

  // MARK: Samples

  @Test func pValuesOfTwoSamplesAreExact() throws {
    for reference in try cases("ks") {
      let test = KolmogorovSmirnov(numbers(reference["first"]), numbers(reference["second"]))
      expectClose(test.distance, number(reference["distance"]), absolute: 1e-15)
      let p = number(reference["p"])
      expectClose(test.pValue, p, absolute: 0, relative: 1e-12)
      expectClose(test.log10PValue, number(reference["log10"]), absolute: 1e-12, relative: 1e-12)
      #expect(test.isExact)
    }
  }

  /// Of the first sample, as many values as the distance takes lie below all others, which are spread alike.
  @Test func tinyPValuesDoNotUnderflow() throws {
    for reference in try cases("largeKS") {
      let (n, m) = (Int(number(reference["n"])), Int(number(reference["m"])))
      let steps = Int(number(reference["steps"]))
      let below = steps / m
      #expect(steps % m == 0)
      let first = (0..<n).map {
        $0 < below ? -1.0 : Double($0 - below + 1) / Double(n - below)
      }
      let test = KolmogorovSmirnov(first, (0..<m).map { Double($0) / Double(m) })
      expectClose(test.distance, Double(steps) / Double(n * m), absolute: 1e-15)
      expectClose(test.log10PValue, number(reference["log10"]), absolute: 1e-12, relative: 1e-12)
    }
  }

  @Test func largeSamplesOfUnequalSizesTakeTheLimit() throws {
    for reference in try cases("limits") {
      // Sizes of whose product the root of n·m/(n + m) is 100 in good approximation.
      let (n, m) = (1_000_000, 10_000)
      let scale = (Double(n) * Double(m) / Double(n + m)).squareRoot()
      let below = Int(number(reference["x"]) / scale * Double(n))
      let first = (0..<n).map { $0 < below ? -1.0 : Double($0 - below) / Double(n - below) }
      let second = (0..<m).map { Double($0) / Double(m) }
      let test = KolmogorovSmirnov(first, second)
      #expect(!test.isExact)
      // The distance differs from what was wanted by one step at most.
      expectClose(test.pValue, number(reference["p"]), absolute: 1e-300, relative: 0.05)
    }
  }

  @Test func areasAreScikitLearns() throws {
    for reference in try cases("areas") {
      let area = MembershipInference.area(
        forget: numbers(reference["forget"]), holdout: numbers(reference["holdout"]))
      expectClose(try #require(area), number(reference["area"]), absolute: 1e-15)
    }
    #expect(MembershipInference.area(forget: [], holdout: [1]) == nil)
  }

  @Test func leakageHasBothSigns() throws {
    let muse = try #require(MembershipInference.leakage(area: 0.9, retain: 0.4772))
    // Remembered texts are below 0.
    expectClose(muse, 100 * (0.1 - 0.5228) / 0.5228, absolute: 1e-12)
    #expect(MembershipInference.leakage(area: 0.9, retain: 1) == nil)
    let own = MembershipInference.complementLeakage(area: 0.9, retain: 0.5)
    expectClose(own, -80, absolute: 1e-6)
    // A collapsed model looks as if it avoided the texts.
    expectClose(
      MembershipInference.complementLeakage(area: 0, retain: 0.98), 4900, absolute: 1e-3)
  }

  // MARK: Tokens

  @Test func tokenScoresAreNumpys() throws {
    for reference in try cases("tokens") {
      let tokens = TokenScores(
        logProbabilities: numbers(reference["logProbabilities"]),
        isLikeliest: try #require(reference["isLikeliest"] as? [Bool]),
        means: numbers(reference["means"]), variances: numbers(reference["variances"]))
      expectClose(try #require(tokens.loss), number(reference["loss"]), absolute: 1e-12)
      expectClose(
        try #require(tokens.exactMemorisation), number(reference["memorisation"]), absolute: 1e-12)
      expectClose(tokens.extractionStrength, number(reference["strength"]), absolute: 1e-12)
      expectClose(
        MembershipScore.lowest(tokens, share: 0.4), number(reference["lowest"]), absolute: 1e-12)
      expectClose(
        MembershipScore.lowestStandardised(tokens, share: 0.4), number(reference["standardised"]),
        absolute: 1e-9)
    }
  }

  @Test func fewTokensFollowOpenUnlearning() {
    let wrong = TokenScores(
      logProbabilities: [-3], isLikeliest: [false], means: [-1], variances: [0])
    #expect(wrong.extractionStrength == 1)
    #expect(wrong.exactMemorisation == 0)
    // A variance of 0 counts as a millionth.
    expectClose(MembershipScore.lowestStandardised(wrong, share: 0.4), 2000, absolute: 1e-9)
    let none = wrong.withoutLast
    #expect(none.extractionStrength == 0)
    #expect(none.exactMemorisation == nil)
    #expect(none.loss == nil)
    #expect(MembershipScore.lowest(none, share: 0.4) == 0)
  }

  @Test func truthRatios() throws {
    for reference in try cases("ratios") {
      let (right, wrong) = (number(reference["right"]), numbers(reference["wrong"]))
      let ratio = TruthRatio(rightLoss: right, wrongLosses: wrong)
      expectClose(ratio.value, number(reference["ratio"]), absolute: 0, relative: 1e-12)
      expectClose(ratio.closenessToOne, number(reference["closeness"]), absolute: 1e-12)
      expectClose(ratio.preferenceForTruth, number(reference["preference"]), absolute: 1e-12)
      expectClose(ratio.shareOfTruth, number(reference["share"]), absolute: 1e-12)
      expectClose(
        TruthRatio.normalisedProbability(rightLoss: right, wrongLosses: wrong),
        number(reference["normalised"]), absolute: 1e-12)
    }
  }

  @Test func harmonicMeans() throws {
    for reference in try cases("means") {
      let mean = HarmonicMean.of(numbers(reference["values"]))
      expectClose(try #require(mean), number(reference["mean"]), absolute: 1e-15)
    }
    #expect(HarmonicMean.of([]) == nil)
  }
}
