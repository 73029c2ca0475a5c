import Evaluation
import Reporting
import Spunge
import Testing

@testable import Miniature

/// What becomes of results: choice of models, means over base models, tables.
struct ReproductionTests {
  private static func choice(
    _ scale: Double, _ objective: Double, _ price: Double, degenerate: Double = 0
  ) -> Choice {
    Choice(
      method: "rmu", title: "RMU", variant: .spunge, scale: scale, objective: objective,
      price: price, degenerate: degenerate)
  }

  @Test func smallestObjectiveWithinTheLimitIsChosen() {
    let candidates = [
      Self.choice(0.4, 0.3, 1.0), Self.choice(0.8, 0.1, 1.2), Self.choice(0.6, 0.1, 1.1),
      Self.choice(1.25, 0.0, 1.3),
    ]
    let chosen = SeedResult(seed: 1, candidates: candidates, limit: 1.25).choices
    #expect(chosen.map(\.scale) == [0.6])
    #expect(chosen.map(\.row) == ["SPUNGE-RMU"])
  }

  @Test func aBrokenModelIsNotChosen() {
    let candidates = [
      Self.choice(0.4, 0.3, 1.0, degenerate: 0.05), Self.choice(0.8, 0.1, 1.1, degenerate: 0.051),
      Self.choice(1, 0.0, 1.3),
    ]
    let chosen = SeedResult(seed: 1, candidates: candidates, limit: 1.25)
    #expect(chosen.choices.map(\.scale) == [0.4] && chosen.unqualified.isEmpty)
    let broken = SeedResult(seed: 1, candidates: Array(candidates.dropFirst()), limit: 1.25)
    #expect(broken.choices.isEmpty && broken.unqualified == ["SPUNGE-RMU"])
  }

  /// A row of which nothing qualifies is there and says so; with some base models it is the mean over them.
  @Test func rowsSayThatNothingQualifies() throws {
    let broken = [Self.choice(1, 0.1, 2)]
    let seeds = [1, 2].map { seed in
      SeedResult(
        seed: seed, candidates: broken, limit: 1.25, scores: [Self.toxic("base", 0.5)])
    }
    let none = ScenarioResult(scenario: .toxicityZephyr, seeds: seeds)
    let row = try #require(PooledScores(seeds).records.first { $0.model == "SPUNGE-RMU" })
    #expect(row.value == nil && row.reason == "no setting qualifies")
    #expect(none.paperScores.rowNotes == ["spunge_rmu": "no setting qualifies"])
    let note = try #require(none.paperScores.notes.first)
    #expect(note.contains("SPUNGE-RMU none, none. A factor qualifies if"), "\(note)")
    let one = ScenarioResult(
      scenario: .toxicityZephyr, seeds: [Self.result(1, 0.5, 0.1), seeds[1]])
    let part = try #require(PooledScores(one.seeds).records.first { $0.model == "SPUNGE-RMU" })
    #expect(part.value == 0.1 && part.documents == 10)
    #expect(one.rowNotes == ["SPUNGE-RMU": "no setting qualifies on base model 2"])
    let report = try #require(
      try MiniatureLayoutTests.layout.get().tables[0].report([one.paperScores], .miniature))
    let markdown = ReportFormat.markdown.render(report)
    #expect(
      markdown.contains(
        "| Zephyr-like + SPUNGE-RMU (no setting qualifies on base model 2) | 10.00"),
      "\(markdown)")
  }

  private static func toxic(_ model: String, _ value: Double) -> ScoreRecord {
    ScoreRecord(
      model: model, task: "toxigen", metric: "toxic_fraction", value: value, standardError: 0.1,
      documents: 10, higherIsBetter: false)
  }

  private static func result(_ seed: Int, _ base: Double, _ spunge: Double) -> SeedResult {
    let candidates = [choice(0.4, 0.3, 1.05), choice(1, 0.1, 1.2)]
    return SeedResult(
      seed: seed, candidates: candidates, limit: 1.25,
      scores: [toxic("base", base), toxic("SPUNGE-RMU", spunge)],
      front: [
        FrontPoint(row: "SPUNGE-RMU", scale: 0.4, scores: [toxic("SPUNGE-RMU", spunge + 0.2)]),
        FrontPoint(row: "SPUNGE-RMU", scale: 1, scores: [toxic("SPUNGE-RMU", spunge)]),
      ])
  }

  @Test func pooledScoresAreMeansWithTheDeviationBetweenBaseModels() throws {
    let pooled = PooledScores([Self.result(1, 0.5, 0.1), Self.result(2, 0.7, 0.3)])
    let base = try #require(pooled.records.first { $0.model == "base" })
    #expect(base.value == 0.6 && base.documents == 20 && base.standardError == nil)
    // √(((0.5 − 0.6)² + (0.7 − 0.6)²) / 1)
    #expect(abs((base.deviation ?? 0) - 0.1414213562) < 1e-9)
  }

  @Test func cautionsNameTheirBaseModel() {
    let seeds = [(1, nil), (2, "1 of 10 is empty"), (5, "9 of 10 are empty")].map { seed, caution in
      var record = Self.toxic("base", 0.5)
      record.caution = caution
      return SeedResult(seed: seed, candidates: [], limit: 1.25, scores: [record])
    }
    #expect(
      PooledScores(seeds).records.map(\.caution) == [
        "base model 2: 1 of 10 is empty; base model 5: 9 of 10 are empty"
      ])
    #expect(PooledScores([seeds[1]]).records[0].caution == "1 of 10 is empty")
  }

  @Test func aScoreThatABaseModelLacksIsLeftOut() {
    var lacking = Self.result(2, 0.7, 0.3)
    lacking = SeedResult(
      seed: 2, candidates: lacking.candidates, limit: 1.25, scores: [Self.toxic("base", 0.7)])
    let pooled = PooledScores([Self.result(1, 0.5, 0.1), lacking])
    #expect(pooled.records.map(\.model) == ["base"])
  }

  @Test func modelsAreComparedAtEqualPrice() {
    let result = ScenarioResult(
      scenario: .toxicityZephyr, seeds: [Self.result(1, 0.5, 0.1), Self.result(2, 0.7, 0.3)])
    let equal = EqualPrice(result)
    #expect(equal.headings.count == 1 + Scenario.toxicityZephyr.price.budgets.count)
    #expect(
      equal.cells == [["SPUNGE-RMU", "40.0 [30.0/50.0]", "20.0 [10.0/30.0]", "20.0 [10.0/30.0]"]])
  }
}
