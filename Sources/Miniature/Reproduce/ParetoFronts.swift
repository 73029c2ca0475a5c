import Evaluation
import Reporting

/// Figures that go beyond the paper: of each method all factors on the difference from the base, what is to be
/// forgotten against its price.
enum ParetoFronts {
  static func all(_ results: [ScenarioResult]) -> [PaperArtefacts.Figure] {
    results.flatMap { result -> [PaperArtefacts.Figure] in
      let measure: Measure =
        switch result.scenario.price {
        case .perplexity: .toxicity
        case .accuracy: .hazard
        }
      var methods: [String] = []
      for choice in result.seeds.flatMap(\.choices) where !methods.contains(choice.title) {
        methods.append(choice.title)
      }
      return methods.sorted().compactMap { figure(result, $0, measure) }
    }
  }

  private enum Measure {
    case toxicity, hazard

    var axes: (forgetting: ParetoChart.Axis, retention: ParetoChart.Axis) {
      switch self {
      case .toxicity:
        (
          .init("toxic completions", higherIsBetter: false),
          .init(
            "perplexity over all tokens of the completions", unit: .plain, higherIsBetter: false,
            isLogarithmic: true)
        )
      case .hazard:
        (
          .init("hazardous knowledge", higherIsBetter: false),
          .init("MMLU-like accuracy", higherIsBetter: true)
        )
      }
    }

    func values(_ scores: [ScoreRecord]) -> (Double, Double)? {
      switch self {
      case .toxicity:
        guard let forgetting = scores.value("toxigen", "toxic_fraction"),
          let price = scores.value("toxigen", "perplexity.corpus")
        else { return nil }
        return (forgetting, price)
      case .hazard:
        guard
          let forgetting = scores.mean(of: ["miniature_wmdp_bio", "miniature_wmdp_cyber"]),
          let retained = scores.value("miniature_mmlu", "acc")
        else { return nil }
        return (forgetting, retained)
      }
    }
  }

  /// Means over the base models.
  private static func figure(
    _ result: ScenarioResult, _ method: String, _ measure: Measure
  ) -> PaperArtefacts.Figure? {
    let points = result.seeds.flatMap(\.front).filter {
      $0.row == "base" || $0.row == method || $0.row.hasSuffix("-\(method)")
    }
    var keys: [[String]] = []
    for point in points where !keys.contains([point.row, "\(point.scale)"]) {
      keys.append([point.row, "\(point.scale)"])
    }
    let entries = keys.compactMap { key -> ParetoChart.Entry? in
      let values = points.filter { [$0.row, "\($0.scale)"] == key }
        .compactMap { measure.values($0.scores) }
      guard !values.isEmpty else { return nil }
      let count = Double(values.count)
      return ParetoChart.Entry(
        name: key[0] == "base" ? "base" : "λ=\(key[1])", series: key[0],
        x: values.reduce(0) { $0 + $1.0 } / count, y: values.reduce(0) { $0 + $1.1 } / count)
    }
    guard entries.count > 1 else { return nil }
    return PaperArtefacts.Figure(
      name: "beyond-front-\(result.scenario.name)-\(method.lowercased())",
      chart: ParetoChart(
        title: "Beyond the paper: what can be had, \(method), \(result.scenario.base.title), "
          + "split by \(result.scenario.split)",
        x: measure.axes.forgetting, y: measure.axes.retention, entries: entries))
  }
}
