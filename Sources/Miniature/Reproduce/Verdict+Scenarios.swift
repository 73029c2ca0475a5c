import Evaluation

extension Verdict {
  /// The comparisons of all scenarios and methods.
  package init(_ results: [ScenarioResult]) {
    self.init(
      results.flatMap { result -> [Comparison] in
        var methods: [String] = []
        for choice in result.seeds.flatMap(\.candidates) where !methods.contains(choice.title) {
          methods.append(choice.title)
        }
        return methods.flatMap { method in
          Opponent.allCases.map { Self.comparison(result, method, $0) }
        }
      })
  }

  private static func comparison(
    _ result: ScenarioResult, _ method: String, _ opponent: Opponent
  ) -> Comparison {
    let row = opponent == .pooled ? method : "random-\(method)"
    let measure = result.scenario.forgotten
    let models = result.seeds.map { seed in
      baseModel(
        seed.seed, measure, spunge: seed.samples["SPUNGE-\(method)"] ?? [],
        opponent: seed.samples[row] ?? [])
    }
    return Comparison(
      scenario: result.scenario.title, method: method, opponent: opponent, measure: measure.name,
      baseModels: models.compactMap(\.self),
      leftOut: zip(result.seeds, models).filter { $0.1 == nil }.map(\.0.seed))
  }

  /// What one base model shows on the prompts that both variants answered; tasks count alike.
  private static func baseModel(
    _ seed: Int, _ measure: Forgotten, spunge: [SampleRecord], opponent: [SampleRecord]
  ) -> BaseModel? {
    var (means, variance) = ((spunge: 0.0, opponent: 0.0), 0.0)
    let share = 1 / Double(measure.tasks.count)
    for task in measure.tasks {
      let theirs = Dictionary(values(opponent, task, measure.metric)) { _, last in last }
      let pairs = values(spunge, task, measure.metric).compactMap { prompt, own in
        theirs[prompt].map { (own, $0) }
      }
      guard !pairs.isEmpty else { return nil }
      let count = Double(pairs.count)
      let sums = pairs.reduce((0.0, 0.0, 0.0)) { sums, pair in
        let difference = pair.0 - pair.1
        return (sums.0 + pair.0, sums.1 + pair.1, sums.2 + difference * difference)
      }
      let difference = (sums.0 - sums.1) / count
      means.spunge += share * sums.0 / count
      means.opponent += share * sums.1 / count
      variance += share * share * (sums.2 / count - difference * difference) / count
    }
    return BaseModel(
      seed: seed, spunge: means.spunge, opponent: means.opponent, variance: max(0, variance))
  }

  private struct Prompt: Hashable {
    let document: Int
    let digest: String
  }

  private static func values(
    _ samples: [SampleRecord], _ task: String, _ metric: String
  ) -> [(Prompt, Double)] {
    samples.filter { $0.task == task }.compactMap { sample in
      sample.value(metric).map {
        (Prompt(document: sample.documentID, digest: sample.promptDigest), $0)
      }
    }
  }
}

/// What a scenario is to make small on test data.
struct Forgotten {
  /// What a share of it counts.
  let name: String
  /// Their means count alike.
  let tasks: [String]
  let metric: String
}

extension Scenario {
  var forgotten: Forgotten {
    validationTasks.isEmpty
      ? Forgotten(name: "toxic completions", tasks: ["toxigen"], metric: "toxic_fraction")
      : Forgotten(
        name: "hazardous questions right", tasks: ["miniature_wmdp_bio", "miniature_wmdp_cyber"],
        metric: "acc")
  }
}
