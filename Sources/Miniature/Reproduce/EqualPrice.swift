import Foundation

/// Methods at equal price: for each budget the model that validation prefers among those that cost at most so much,
/// and what it does on the test data.
package struct EqualPrice: Sendable {
  package struct Row: Sendable {
    package let name: String
    /// For each budget what is to be forgotten on the test data, a value for each base model; `nil` where no model
    /// of the grid qualifies.
    package let values: [[Double?]]
  }

  package let scenario: Scenario
  package let rows: [Row]

  package init(_ result: ScenarioResult) {
    scenario = result.scenario
    let (seeds, scenario) = (result.seeds, result.scenario)
    var names: [String] = []
    for candidate in seeds.flatMap(\.candidates) where !names.contains(candidate.row) {
      names.append(candidate.row)
    }
    rows = names.map { name in
      Row(
        name: name,
        values: scenario.price.budgets.map { budget in
          seeds.map { seed -> Double? in
            let own = seed.candidates.filter { $0.row == name }
            return Choice.selected(own, limit: budget).first.flatMap { choice in
              seed.front.first { $0.row == name && $0.scale == choice.scale }
                .flatMap { scenario.measured($0.scores) }
            }
          }
        })
    }
  }

  /// Column headings: the method, then the budgets.
  package var headings: [String] {
    ["model"]
      + scenario.price.budgets.map { budget in
        switch scenario.price {
        case .perplexity: String(format: "perplexity ≤ %.2f × base", budget)
        case .accuracy: String(format: "accuracy ≥ base − %.0f points", 100 * budget)
        }
      }
  }

  /// Cells in percent: the mean over base models, then each of them.
  package var cells: [[String]] {
    rows.map { row in
      [row.name]
        + row.values.map { values in
          let known = values.compactMap(\.self)
          guard known.count == values.count, !known.isEmpty else { return "—" }
          let mean = String(format: "%.1f", 100 * known.reduce(0, +) / Double(known.count))
          guard known.count > 1 else { return mean }
          return mean + " [" + known.map { String(format: "%.1f", 100 * $0) }.joined(separator: "/")
            + "]"
        }
    }
  }

  package var title: String { "Beyond the paper: at equal price, \(scenario.title)" }

  package static let note =
    "Percent on the test data, mean [each base model]: of each method the model that validation prefers among those "
    + "that cost at most so much there, measured against the base, and of whose completions at most 5 % are degenerate. "
    + "— where a base model has none."
}
