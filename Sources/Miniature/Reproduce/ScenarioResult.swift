package import Evaluation
import Spunge

/// A scenario's results so far.
package struct ScenarioResult: Sendable {
  package let scenario: Scenario
  package var seeds: [SeedResult]

  package init(scenario: Scenario, seeds: [SeedResult] = []) {
    self.scenario = scenario
    self.seeds = seeds
  }
}

extension ScenarioResult {
  /// Notes beside the names of rows that some base models lack.
  var rowNotes: [String: String] {
    var lacking: [String: [Int]] = [:]
    for seed in seeds {
      for row in seed.unqualified { lacking[row, default: []].append(seed.seed) }
    }
    return lacking.mapValues { numbers in
      numbers.count == seeds.count
        ? "no setting qualifies"
        : "no setting qualifies on base model\(numbers.count == 1 ? "" : "s") "
          + numbers.map(String.init).joined(separator: ", ")
    }
  }
}

/// A scenario on one base model.
package struct SeedResult: Sendable {
  package let seed: Int
  /// All models of the grid, on validation data.
  package let candidates: [Choice]
  /// The one of each method and variant that selection prefers; none of a row where no candidate qualifies.
  package let choices: [Choice]
  /// Of the base and the chosen models, on the test data.
  package private(set) var scores: [ScoreRecord] = []
  /// Row → its answered documents.
  package private(set) var samples: [String: [SampleRecord]] = [:]
  /// All models of the grid on the test data.
  package var front: [FrontPoint] = []
  /// The chosen models under attack.
  package var attacked: [AttackedModel] = []
  /// What readers should know.
  package private(set) var notes: [String] = []

  /// Rows of which no candidate qualifies.
  package var unqualified: [String] {
    var rows: [String] = []
    for candidate in candidates where !rows.contains(candidate.row) { rows.append(candidate.row) }
    return rows.filter { row in !choices.contains { $0.row == row } }
  }

  /// - Parameter limit: the most that a chosen model costs.
  package init(
    seed: Int, candidates: [Choice], limit: Double, scores: [ScoreRecord] = [],
    samples: [String: [SampleRecord]] = [:], front: [FrontPoint] = []
  ) {
    self.seed = seed
    self.candidates = candidates
    choices = Choice.selected(candidates, limit: limit)
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
