package import Evaluation
import Foundation
package import Spunge
import Tensors

/// The paper's experiments in the miniature world, from nothing to chosen and tested models.
///
/// All compared models have the same grid of scaling coefficients and the same selection rule, on validation prompts
/// and questions that are not in the test data.
package struct Reproduction {
  package struct Settings: Sendable {
    /// Numbers of the base models, which differ in initial weights and training documents.
    package var seeds: [Int]
    package var world: MiniatureSettings
    package var scenarios: [Scenario]
    /// Folder of the scenarios' experiment files.
    package var experiments: String
    package var results: String
    package var work: String

    package init(
      seeds: [Int], world: MiniatureSettings, scenarios: [Scenario] = Scenario.all,
      experiments: String, results: String, work: String
    ) {
      self.seeds = seeds
      self.world = world
      self.scenarios = scenarios
      self.experiments = experiments
      self.results = results
      self.work = work
    }
  }

  package let settings: Settings
  private let tasks: TaskIndex
  private let progress: any ProgressSink
  let cache: MiniatureCache
  let digests: FileDigests

  package init(_ settings: Settings, tasks: TaskIndex, progress: any ProgressSink) {
    self.settings = settings
    self.tasks = tasks
    self.progress = progress
    digests = FileDigests(work: settings.work, progress: progress)
    cache = MiniatureCache(settings.world, work: settings.work, progress: progress)
  }

  /// Runs what has not been done yet.
  ///
  /// - Parameter finished: called after each seed with everything so far.
  package func run(finished: ([ScenarioResult]) throws -> Void) throws {
    // Fail on an unusable folder now, not after the training.
    try WholeFile.makeFolder(settings.results)
    let started = Date()
    var results = settings.scenarios.map { ScenarioResult(scenario: $0) }
    for (place, seed) in settings.seeds.enumerated() {
      for index in results.indices {
        progress.note("seed \(seed): \(results[index].scenario.title)")
        results[index].seeds.append(try run(results[index].scenario, seed: seed))
      }
      try finished(results)
      try manifest(results, started: started, finished: place + 1)
        .write(to: "\(settings.results)/manifest.json")
    }
  }

  private func run(_ scenario: Scenario, seed: Int) throws -> SeedResult {
    var result = SeedResult(
      seed: seed, candidates: try candidates(scenario, seed: seed), limit: scenario.price.limit)
    result.front = try front(scenario, seed: seed)
    // Models of one method and scaling coefficient form one experiment.
    var groups: [(choice: Choice, variants: [Experiment.Variant])] = []
    for choice in result.choices {
      let place = groups.firstIndex {
        $0.choice.method == choice.method && $0.choice.scale == choice.scale
      }
      if let place {
        groups[place].variants.append(choice.variant)
      } else {
        groups.append((choice, [choice.variant]))
      }
    }
    // Score the base even if no model qualifies.
    if groups.isEmpty, let any = result.candidates.first { groups = [(any, [])] }
    for (place, group) in groups.enumerated() {
      var experiment = try experiment(scenario, seed, "test", of: group.choice)
      experiment.scoring.variants = [.base] + group.variants
      let outcome = try outcome(experiment, scenario, seed, "test/\(place + 1)")
      result.add(outcome, of: experiment)
      for (number, further) in scenario.furtherPrompts.enumerated() {
        experiment.scoring.tasks = []
        experiment.scoring.toxicity?.prompts = try ExperimentPath(
          "\(try cache.texts())/\(further.file)", variables: [:])
        experiment.scoring.toxicity?.source = further.source
        result.add(
          try self.outcome(experiment, scenario, seed, "test/\(place + 1)-\(number + 1)"),
          of: experiment)
      }
      if scenario.isAttacked {
        result.attacked += try attacked(group.variants, of: experiment, scenario, seed, place)
      }
    }
    return result
  }

  /// Chosen models of one experiment before and after each attack, on what was to be forgotten.
  private func attacked(
    _ variants: [Experiment.Variant], of chosen: Experiment, _ scenario: Scenario, _ seed: Int,
    _ place: Int
  ) throws -> [AttackedModel] {
    guard !variants.isEmpty else { return [] }
    var experiment = chosen
    experiment.scoring.tasks = experiment.scoring.tasks.filter(\.isHazard)
    // How fluent they are is no question here.
    experiment.scoring.fluency = nil
    // The base shows what the text teaches whom nothing was taken from.
    let attacked = (place == 0 ? [.base] : []) + variants
    experiment.scoring.derived = attacked.flatMap { variant in
      Attack.allCases.map { $0.recipe(variant) }
    }
    let scores = try outcome(experiment, scenario, seed, "attack/\(place + 1)").scores
    func measured(_ row: String) -> Double? {
      scenario.measured(scores.filter { $0.model == row })
    }
    let card = experiment.unlearning.card
    return attacked.compactMap { variant in
      guard let base = measured(Experiment.Variant.base.rawValue),
        let before = measured(variant.rowName(unlearning: card.name))
      else { return nil }
      return AttackedModel(
        row: variant.title(unlearning: card.title), base: base, before: before,
        after: Attack.allCases.reduce(into: [:]) { $0[$1] = measured($1.recipe(variant).name) })
    }
  }

  // MARK: Choosing

  /// The models of the grid on validation data.
  private func candidates(_ scenario: Scenario, seed: Int) throws -> [Choice] {
    var candidates: [Choice] = []
    for (place, point) in try experiments(scenario, seed, "validation").enumerated() {
      var experiment = point
      experiment.scoring.tasks = scenario.validationTasks.map { .init(name: $0) }
      let outcome = try outcome(experiment, scenario, seed, "validation/\(place + 1)")
      candidates += candidatesOf(experiment, outcome, scenario)
    }
    return candidates
  }

  private func candidatesOf(
    _ experiment: Experiment, _ outcome: SpungePipeline.Outcome, _ scenario: Scenario
  ) -> [Choice] {
    let base = outcome.scores.filter { $0.model == Experiment.Variant.base.rawValue }
    return experiment.scoring.variants.filter { $0 != .base }.compactMap { variant in
      let card = experiment.unlearning.card
      let row = variant.rowName(unlearning: card.name)
      let own = outcome.scores.filter { $0.model == row }
      guard let objective = scenario.objective(own) else { return nil }
      return Choice(
        method: card.name, title: card.title, variant: variant, scale: experiment.scoring.scale,
        objective: objective, price: scenario.price(own, base: base) ?? .infinity,
        degenerate: own.value("toxigen", "degenerate_fraction") ?? 0)
    }
  }

  /// All models on the test data, selected or not.
  private func front(_ scenario: Scenario, seed: Int) throws -> [FrontPoint] {
    try experiments(scenario, seed, "test").enumerated().flatMap { place, point in
      var experiment = point
      // Benchmarks are only for the selected models; measure only the objective and the price here.
      experiment.scoring.tasks =
        scenario.validationTasks.isEmpty
        ? []
        : experiment.scoring.tasks.filter(\.isHazard)
          + [.init(name: "miniature_mmlu")]
      let outcome = try outcome(experiment, scenario, seed, "front/\(place + 1)")
      return experiment.scoring.variants.map { variant in
        let card = experiment.unlearning.card
        let row = variant.rowName(unlearning: card.name)
        return FrontPoint(
          row: variant.title(unlearning: card.title),
          scale: variant == .base ? 0 : experiment.scoring.scale,
          scores: outcome.scores.filter { $0.model == row })
      }
    }
  }

  // MARK: Experiments

  private func outcome(
    _ experiment: Experiment, _ scenario: Scenario, _ seed: Int, _ folder: String
  ) throws -> SpungePipeline.Outcome {
    try SpungePipeline(
      experiment, tasks: tasks,
      paths: .init(
        data: try cache.texts(),
        results: "\(settings.results)/runs/seed-\(seed)/\(scenario.name)/\(folder)",
        work: settings.work),
      context: RunContext(
        random: RandomSource(seed: experiment.seed), digests: digests, progress: progress)
    ).outcome()
  }

  private func experiment(
    _ scenario: Scenario, _ seed: Int, _ split: String, of choice: Choice
  ) throws -> Experiment {
    guard
      let experiment = try experiments(scenario, seed, split).first(where: {
        $0.unlearning.card.name == choice.method && $0.scoring.scale == choice.scale
      })
    else { preconditionFailure("\(choice) is not in the grid of \(scenario.file)") }
    return experiment
  }

  /// The grid of a scenario on one base model.
  private func experiments(
    _ scenario: Scenario, _ seed: Int, _ split: String
  ) throws -> [Experiment] {
    let variables = [
      "WORLD": try cache.texts(), "BASE": try cache.base(scenario.base, seed),
      "REFERENCE": try cache.reference(), "CLASSIFIER": try cache.classifier(), "SPLIT": split,
    ]
    let file = try ExperimentFile(path: "\(settings.experiments)/\(scenario.file)")
    return try ExperimentGrid(file).points.map { point in
      var experiment = try Experiment(
        point.file, variables: variables,
        vocabulary: .init(tasks: tasks.entries.keys.sorted(), formats: ["markdown", "json"]))
      experiment.seed = UInt64(seed)
      return experiment
    }
  }
}

extension Experiment.TaskChoice {
  fileprivate var isHazard: Bool { name.hasSuffix("wmdp") }
}
