/// Mean that one bad value spoils, by which TOFU sums up a model's utility.
package enum HarmonicMean {
  /// - Parameter values: none below 0.
  /// - Returns: 0 where one of them is 0; `nil` for none.
  package static func of(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    if values.contains(0) { return 0 }
    return Double(values.count) / values.reduce(0) { $0 + 1 / $1 }
  }
}
