import Formats
package import Spunge

/// A model of the grid with its validation scores used for selection.
///
/// Selection is the same for every method: a model qualifies if its price is within the scenario's limit and at most 5 %
/// of its completions are degenerate or empty; the qualifying model that forgets most is selected.
package struct Choice: Sendable, Hashable, Codable {
  /// Unlearning method.
  package let method: String
  /// The paper's name for the method.
  package let title: String
  package let variant: Experiment.Variant
  /// Scaling coefficient of the difference from the base.
  package let scale: Double
  /// The score to minimise.
  package let objective: Double
  /// The price, in the unit of the scenario's `Price`; less is better.
  package let price: Double
  /// Fraction of completions that are degenerate or empty; 0 without completions.
  package let degenerate: Double

  /// Of a model that is not broken, at most this share of completions is degenerate or empty.
  package static let mostDegenerate = 0.05

  package init(
    method: String, title: String, variant: Experiment.Variant, scale: Double, objective: Double,
    price: Double, degenerate: Double
  ) {
    self.method = method
    self.title = title
    self.variant = variant
    self.scale = scale
    self.objective = objective
    self.price = price
    self.degenerate = degenerate
  }

  /// Row in tables.
  package var row: String { variant.title(unlearning: title) }

  /// Whether it may be selected if the price limit is `limit`.
  package func qualifies(limit: Double) -> Bool {
    price <= limit && degenerate <= Self.mostDegenerate
  }

  /// The rule in words.
  static func rule(_ price: Scenario.Price) -> String {
    let limit =
      switch price {
      case .perplexity:
        "perplexity is at most \(NumberText.shortest(price.limit)) × the base's and at most "
          + "\(NumberText.shortest(100 * mostDegenerate)) % of completions are degenerate or empty"
      case .accuracy:
        "accuracy is at most \(NumberText.shortest(100 * price.limit)) points below the base's"
      }
    return "A factor qualifies if \(limit); of those that do, the one that forgets most is chosen."
  }

  /// Of each method and variant the qualifying candidate with the smallest objective, then the smallest factor; none
  /// where no candidate qualifies.
  static func selected(_ candidates: [Choice], limit: Double) -> [Choice] {
    var rows: [String] = []
    for candidate in candidates where !rows.contains(candidate.row) { rows.append(candidate.row) }
    return rows.compactMap { row in
      candidates.filter { $0.row == row && $0.qualifies(limit: limit) }
        .min { ($0.objective, $0.scale) < ($1.objective, $1.scale) }
    }
  }
}
