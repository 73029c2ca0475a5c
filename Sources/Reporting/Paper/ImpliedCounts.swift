/// What a percentage with two decimals says about the number of right answers behind it.
package enum ImpliedCounts {
  /// Counts k of `questions` whose share is printed as `percent`.
  ///
  /// Exact whole-number arithmetic: for `floor`, k with ⌊10000·k/N⌋ = 100·percent.
  /// - Parameter percent: with two decimals, 0…100.
  /// - Returns: none where no count is printed like that.
  package static func counts(
    _ percent: Double, of questions: Int, rounding: PaperTable.Rounding
  ) -> ClosedRange<Int>? {
    guard questions > 0, questions <= 1_000_000_000, (0...100).contains(percent) else { return nil }
    let hundredths = Int((100 * percent).rounded())
    // Twice the interval's ends, so that halves stay whole: [h, h+1) or [h−½, h+½).
    let start = rounding == .floor ? 2 * hundredths : 2 * hundredths - 1
    let (low, high) = (start * questions, (start + 2) * questions)
    let first = max(0, Self.ceiling(low, 20_000))
    let last = min(questions, Self.ceiling(high, 20_000) - 1)
    return first <= last ? first...last : nil
  }

  private static func ceiling(_ value: Int, _ divisor: Int) -> Int {
    value <= 0 ? 0 : (value + divisor - 1) / divisor
  }
}
