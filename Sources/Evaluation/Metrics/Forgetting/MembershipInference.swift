/// Can a model's scores of texts tell the forgotten ones from ones it has never seen?
package enum MembershipInference {
  /// The chance that a text that was never seen scores higher than a forgotten one, ties half: the area under
  /// the curve of hits over false alarms, 0…1.
  ///
  /// - Parameters:
  ///   - forget, holdout: scores that are higher the less a text looks seen, no NaN; as for `MembershipScore`.
  /// - Returns: `nil` where one of the lists is empty. 1 for remembered texts, 0.5 for what is ideal.
  package static func area(forget: [Double], holdout: [Double]) -> Double? {
    guard !forget.isEmpty, !holdout.isEmpty else { return nil }
    return MannWhitney.u(holdout, forget) / (Double(forget.count) * Double(holdout.count))
  }

  /// How far an area's complement is from that of a model that was trained without the forgotten texts, in percent of it.
  ///
  /// - Parameters:
  ///   - area: of the unlearned model.
  ///   - retain: of the reference.
  /// - Returns: MUSE's number: below 0 where the texts are still remembered, above where they are avoided. `nil` for a
  ///   reference of 1.
  ///
  /// Shi et al. 2024, "MUSE", https://arxiv.org/abs/2407.06460
  package static func leakage(area: Double, retain: Double) -> Double? {
    retain < 1 ? 100 * (retain - area) / (1 - retain) : nil
  }

  /// The same with open-unlearning's guard against division by 0.
  package static func complementLeakage(area: Double, retain: Double) -> Double {
    100 * ((1 - area) - (1 - retain)) / (1 - retain + 1e-10)
  }
}
