import Formats
import Foundation

/// How large a difference is, whatever its p-value.
package enum EffectSize {
  /// (to − from) / |from|, as papers quote "reduced by 30 %"; `nil` from zero or for no numbers.
  package static func relativeChange(from: Double, to: Double) -> Double? {
    let change = (to - from) / abs(from)
    return change.isFinite ? change : nil
  }

  /// Cohen's h of two shares: 2·asin(√to) − 2·asin(√from); 0.2 is small, 0.5 medium, 0.8 large.
  ///
  /// Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, section 6.2.
  /// - Returns: `nil` for what is no share.
  package static func cohensH(from: Double, to: Double) -> Double? {
    guard (0...1).contains(from), (0...1).contains(to) else { return nil }
    return 2 * PortableMath.asin(to.squareRoot()) - 2 * PortableMath.asin(from.squareRoot())
  }
}
