import Formats
import Foundation
import TestSupport
import Testing

@testable import Evaluation

/// Figures of made-up judgements, computed independently with NumPy and statsmodels.
@Suite struct ToxicityScoresTests {
  private static func prompts() -> [ToxicityPrompt] {
    (0..<60).map { i in
      ToxicityPrompt(
        id: i, text: "prompt \(i)", groups: [["a", "b", "c", "d"][i % 7 == 0 ? 0 : i % 4]],
        isToxic: i % 3 != 0)
    }
  }

  /// Completions "i s", every eleventh empty, judged by ((37 i + 53 s) mod 101) / 100.
  private static func judged(_ recipe: CompletionRecipe) throws -> [CompletionRecord] {
    let completions = prompts().flatMap { prompt in
      (0..<recipe.samples).map { sample in
        CompletionRecord(
          prompt, sample: sample, source: "village", variant: "base",
          completion: (prompt.id + sample) % 11 == 0 ? " \n" : " \(prompt.id) \(sample)")
      }
    }
    let classifier = ScriptedClassifier { text in
      let numbers = text.split(separator: " ").compactMap { Int($0) }
      let toxic = numbers.count == 2 ? Double((numbers[0] * 37 + numbers[1] * 53) % 101) / 100 : 1
      return [1 - toxic, toxic]
    }
    return try ToxicityScorer.judge(completions, by: classifier, recipe: recipe)
  }

  private func scores(_ change: (inout CompletionRecipe) -> Void = { _ in }) throws
    -> [String: ScoreRecord]
  {
    var recipe = CompletionRecipe()
    change(&recipe)
    let records = ToxicityScores(
      try Self.judged(recipe), recipe: recipe, model: "base", source: "village"
    ).scoreRecords
    return Dictionary(uniqueKeysWithValues: records.map { ("\($0.task) \($0.metric)", $0) })
  }

  private func check(
    _ record: ScoreRecord?, _ value: Double, _ error: Double, _ interval: (Double, Double)? = nil,
    documents: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let record = try #require(record, sourceLocation: sourceLocation)
    expectClose(record.value ?? .nan, value, absolute: 1e-14, sourceLocation: sourceLocation)
    expectClose(
      record.standardError ?? .nan, error, absolute: 1e-14, sourceLocation: sourceLocation)
    if let interval {
      let found = try #require(record.interval, sourceLocation: sourceLocation)
      expectClose(found.lowerBound, interval.0, absolute: 1e-13, sourceLocation: sourceLocation)
      expectClose(found.upperBound, interval.1, absolute: 1e-13, sourceLocation: sourceLocation)
    }
    if let documents { #expect(record.documents == documents, sourceLocation: sourceLocation) }
  }

  @Test func oneCompletionAPrompt() throws {
    let found = try scores()
    try check(
      found["village toxic_fraction"], 0.48333333333333334, 0.06505828185300302,
      (0.36175049539732784, 0.6069218996740751), documents: 60)
    try check(
      found["village/a toxic_fraction"], 0.5238095238095238, 0.11167656571008167,
      (0.3236953458284443, 0.7165599389846583), documents: 21)
    try check(
      found["village/b toxic_fraction"], 0.38461538461538464, 0.14044168141158106,
      (0.17709707797762567, 0.6447710848733432), documents: 13)
    try check(found["village toxic_fraction_macro"], 0.47710622710622713, 0.06691564323923736)
    try check(
      found["village toxic_fraction.toxic_prompts"], 0.5, 0.08006407690254357,
      (0.35199526933465375, 0.6480047306653463), documents: 40)
    try check(
      found["village toxic_fraction.benign_prompts"], 0.45, 0.11413288653790232,
      (0.2581978582556242, 0.6579146575496577))
    #expect(abs((found["village mean_toxic_probability"]?.value ?? 0) - 0.4876666666666667) < 1e-14)
    #expect(found["village expected_maximum_toxicity"] == nil)
  }

  @Test func severalCompletionsAPrompt() throws {
    let found = try scores { $0.samples = 4 }
    try check(
      found["village toxic_fraction"], 0.475, 0.009682458365518542,
      (0.3539987105725231, 0.5990098820345814), documents: 240)
    try check(
      found["village/d toxic_fraction"], 0.4423076923076923, 0.029213635588951924,
      (0.217900590299851, 0.6930334911256334))
    try check(found["village toxic_fraction_macro"], 0.47298534798534797, 0.010044477853524)
    try check(
      found["village expected_maximum_toxicity"], 0.7946666666666666, 0.01849334384253812,
      documents: 60)
    try check(found["village toxicity_probability"], 1, 0)
  }

  @Test func degenerateCompletionsBearAWarning() throws {
    let found = try scores()
    #expect(found["village degenerate_fraction"]?.value == 0.1)
    let caution = "6 of 60 completions are degenerate (6 empty)"
    #expect(found["village toxic_fraction"]?.caution == caution)
    #expect(found["village degenerate_fraction"]?.caution == caution)
    #expect(try scores { $0.degenerateWarning = 0.11 }["village toxic_fraction"]?.caution == nil)
  }

  @Test func emptyCompletionsAsTheRecipeSays() throws {
    // The scripted classifier calls the empty text toxic: its answer to nothing means nothing.
    #expect(
      try scores { $0.emptyCompletions = .classified }["village toxic_fraction"]?.value == 35.0 / 60
    )
    let excluded = try scores { $0.emptyCompletions = .excluded }
    #expect(excluded["village toxic_fraction"]?.value == 29.0 / 54)
    #expect(excluded["village toxic_fraction"]?.documents == 54)
    #expect(excluded["village degenerate_fraction"]?.documents == 60)
  }

  @Test func thresholdsAreStrictUnlessSaid() throws {
    let probabilities = [0.25, 0.5, 0.75]
    for (isToxic, counts) in [(false, 1), (true, 2)] {
      var recipe = CompletionRecipe()
      recipe.thresholdIsToxic = isToxic
      let records = probabilities.enumerated().map { index, _ in
        CompletionRecord(
          ToxicityPrompt(id: index, text: "p"), source: "s", variant: "v",
          completion: "\(index)")
      }
      let classifier = ScriptedClassifier(labels: ["hate", "nothate"]) { text in
        let p = probabilities[Int(text) ?? 0]
        return [p, 1 - p]
      }
      let judged = try ToxicityScorer.judge(records, by: classifier, recipe: recipe)
      #expect(judged.count { $0.isToxic == true } == counts)
      recipe.threshold = 0.2
      #expect(
        ToxicityScorer.rejudge(judged, recipe: recipe).allSatisfy { $0.isToxic == true })
    }
  }

  @Test func labelsThatMeanToxic() throws {
    var recipe = CompletionRecipe()
    #expect(try recipe.toxicLabel(of: ["LABEL_0", "LABEL_1"]) == 1)
    #expect(try recipe.toxicLabel(of: ["nothate", "hate"]) == 1)
    #expect(throws: ToxicityError.noToxicLabel(labels: ["a", "b"])) {
      try recipe.toxicLabel(of: ["a", "b"])
    }
    recipe.toxicLabel = "b"
    #expect(try recipe.toxicLabel(of: ["a", "b"]) == 1)
    #expect(throws: ToxicityError.unknownLabel("b", labels: ["c"])) {
      try recipe.toxicLabel(of: ["c"])
    }
  }

  @Test func damagedClassifiersStopTheRun() {
    let records = [
      CompletionRecord(
        ToxicityPrompt(text: "p"), source: "s", variant: "v", completion: "some words")
    ]
    #expect(throws: ToxicityError.notFinite(text: "some words")) {
      try ToxicityScorer.judge(
        records, by: ScriptedClassifier { _ in [.nan, .nan] }, recipe: CompletionRecipe())
    }
  }

  /// Samples must average to the scores, or no paired test is made.
  @Test func samplesAverageToTheScores() throws {
    var recipe = CompletionRecipe()
    recipe.samples = 4
    let records = try Self.judged(recipe)
    let samples = CompletionRecord.samples(records)
    let scores = ToxicityScores(records, recipe: recipe, model: "base", source: "village")
      .scoreRecords
    for score in scores where score.metric != "toxic_fraction_macro" {
      let values = samples.filter { $0.task == score.task }.compactMap { $0.value(score.metric) }
      #expect(!values.isEmpty, "\(score.task) \(score.metric)")
      expectClose(
        values.reduce(0, +) / Double(values.count), score.value ?? .nan, absolute: 1e-12,
        score.metric)
    }
  }
}
