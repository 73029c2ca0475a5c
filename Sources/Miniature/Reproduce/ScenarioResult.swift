package import Evaluation
package import Spunge

/// What a scenario has shown so far.
package struct ScenarioResult: Sendable {
  package let scenario: Scenario
  package var seeds: [SeedResult]

  package init(scenario: Scenario, seeds: [SeedResult] = []) {
    self.scenario = scenario
    self.seeds = seeds
  }
}

/// A scenario on one base model.
package struct SeedResult: Sendable {
  package let seed: Int
  /// All models of the grid, on validation data.
  package let candidates: [Choice]
  /// The one of each method and variant that the scenario's rule prefers.
  package let choices: [Choice]
  /// Of the base and the chosen models, on the test data.
  package private(set) var scores: [ScoreRecord] = []
  /// Row → its answered documents.
  package private(set) var samples: [String: [SampleRecord]] = [:]
  /// All models of the grid on the test data.
  package var front: [FrontPoint] = []
  /// What readers should know.
  package private(set) var notes: [String] = []

  /// - Parameter limit: the most that a chosen model costs.
  package init(
    seed: Int, candidates: [Choice], limit: Double, scores: [ScoreRecord] = [],
    samples: [String: [SampleRecord]] = [:], front: [FrontPoint] = []
  ) {
    self.seed = seed
    self.candidates = candidates
    choices = Choice.best(candidates, limit: limit)
    self.scores = scores
    self.samples = samples
    self.front = front
  }

  /// Adds the rows of one experiment under the names that the paper gives them; a row's known scores stay.
  mutating func add(_ outcome: SpungePipeline.Outcome, of experiment: Experiment) {
    let card = experiment.unlearning.card
    for variant in experiment.scoring.variants {
      let row = variant.title(unlearning: card.title)
      let own = variant.rowName(unlearning: card.name)
      let known = Set(scores.filter { $0.model == row }.map { [$0.task, $0.metric, $0.filter] })
      scores += outcome.scores.filter {
        $0.model == own && !known.contains([$0.task, $0.metric, $0.filter])
      }.map { score in
        var score = score
        score.model = row
        return score
      }
      let tasks = Set(samples[row, default: []].map(\.task))
      samples[row, default: []] += (outcome.samples[own] ?? []).filter {
        !tasks.contains($0.task)
      }
    }
    notes += outcome.notes.filter { !notes.contains($0) }
  }
}

/// A model of the grid with what the rule of choice looks at.
package struct Choice: Sendable, Hashable, Codable {
  /// Unlearning method.
  package let method: String
  /// What the paper calls the method.
  package let title: String
  package let variant: Experiment.Variant
  /// Factor on the difference from the base.
  package let scale: Double
  /// On validation data; less is better.
  package let objective: Double
  /// What it costs on validation data, in the unit of the scenario's `Price`; less is better.
  package let price: Double

  package init(
    method: String, title: String, variant: Experiment.Variant, scale: Double, objective: Double,
    price: Double
  ) {
    self.method = method
    self.title = title
    self.variant = variant
    self.scale = scale
    self.objective = objective
    self.price = price
  }

  /// Row in tables.
  package var row: String { variant.title(unlearning: title) }

  /// The best candidate of each method and variant: of those whose price is at most `limit` the smallest objective,
  /// then the smallest factor; where there is none, the smallest factor, which changes least.
  static func best(_ candidates: [Choice], limit: Double) -> [Choice] {
    var rows: [String] = []
    for candidate in candidates where !rows.contains(candidate.row) { rows.append(candidate.row) }
    return rows.compactMap { row in
      let own = candidates.filter { $0.row == row }
      let admitted = own.filter { $0.price <= limit }
      return admitted.isEmpty
        ? own.min { $0.scale < $1.scale }
        : admitted.min { ($0.objective, $0.scale) < ($1.objective, $1.scale) }
    }
  }
}

/// One model of the grid on the test data.
package struct FrontPoint: Sendable {
  package let row: String
  package let scale: Double
  package let scores: [ScoreRecord]

  package init(row: String, scale: Double, scores: [ScoreRecord]) {
    self.row = row
    self.scale = scale
    self.scores = scores
  }
}
