import Foundation

/// Maps values to positions along an axis and chooses its ticks.
struct AxisScale: Sendable {
  /// A value with its text.
  struct Tick: Sendable {
    let value: Double
    let text: String
  }

  let ticks: [Tick]
  private let domain: ClosedRange<Double>
  private let isLogarithmic: Bool

  /// A scale over the finite numbers among `values`.
  ///
  /// - Parameters:
  ///   - includesZero: a linear scale begins at 0 (or ends there).
  ///   - isTight: the axis ends at the outermost values instead of the next ticks.
  init(
    linear values: [Double], unit: ChartUnit, includesZero: Bool = false, isTight: Bool = false,
    count: Int = 5
  ) {
    let finite = values.filter(\.isFinite) + (includesZero ? [0] : [])
    // If all values are 0, leave room where other values would be.
    let range =
      includesZero && finite.allSatisfy { $0 == 0 }
      ? 0...1 : Self.widened(finite.min() ?? 0, finite.max() ?? 1)
    let step = Self.niceStep(range, count: count)
    isLogarithmic = false
    let first = (range.lowerBound / step + 1e-9).rounded(.down)
    let last = (range.upperBound / step - 1e-9).rounded(.up)
    let steps = Array(stride(from: first, through: last, by: 1).prefix(50))
    domain = isTight ? range : (first * step)...(last * step)
    let slack = 1e-9 * step
    ticks = steps.map { $0 * step }
      .filter { [domain] in
        $0 >= domain.lowerBound - slack && $0 <= domain.upperBound + slack
      }
      .map { Tick(value: $0, text: unit.tick($0, step: step)) }
  }

  /// A logarithmic scale over the positive numbers among `values`.
  init(logarithmic values: [Double], unit: ChartUnit, count: Int = 6) {
    let positive = values.filter { $0.isFinite && $0 > 0 }
    let low = log10(positive.min() ?? 1)
    let high = log10(positive.max() ?? 10)
    let margin = max(0.04 * (high - low), 0.02)
    domain = (low - margin)...(high + margin)
    isLogarithmic = true
    let places = Self.logarithmicTicks(domain, count: count).filter { $0.exponent.isFinite }
    ticks = places.map { exponent, step in
      let value = pow(10, exponent)
      let text = abs(exponent) > 3.5 ? ChartUnit.scientific(value) : nil
      return Tick(value: value, text: text ?? unit.tick(value, step: step ?? value))
    }
  }

  /// Position of `value` from 0 at the start of the axis to 1 at its end; `nil` if it has none.
  func position(_ value: Double) -> Double? {
    let shown = isLogarithmic ? (value > 0 ? log10(value) : .nan) : value
    guard shown.isFinite else { return nil }
    // Halves, because the full width may overflow.
    let width = domain.upperBound / 2 - domain.lowerBound / 2
    return (shown / 2 - domain.lowerBound / 2) / width
  }

  /// Exponents of the ticks inside `domain`: powers of ten, and multiples of these where there is
  /// room; `step` is the distance between ticks where it is the same everywhere.
  private static func logarithmicTicks(
    _ domain: ClosedRange<Double>, count: Int
  ) -> [(exponent: Double, step: Double?)] {
    let decades = domain.upperBound - domain.lowerBound
    let first = Int(domain.lowerBound.rounded(.down))
    let last = Int(domain.upperBound.rounded(.up))
    let apart = max(1, Int((decades / Double(count)).rounded(.up)))
    let factors: [Double] =
      decades > 3
      ? [1] : decades > 1.5 ? [1, 3] : decades > 0.9 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 6, 8]
    if decades < 0.5 {
      // Less than a factor of three: round numbers as on a linear axis.
      let range = pow(10, domain.lowerBound)...pow(10, domain.upperBound)
      let step = niceStep(range, count: count)
      let start = (range.lowerBound / step).rounded(.up)
      let end = range.upperBound / step
      return stride(from: start, through: end, by: 1).prefix(20)
        .map { (exponent: log10($0 * step), step: step) }
    }
    return (first...last).filter { $0 % apart == 0 }
      .flatMap { power in factors.map { Double(power) + log10($0) } }
      .filter { $0 >= domain.lowerBound && $0 <= domain.upperBound }
      .map { (exponent: $0, step: nil) }
  }

  /// A range wide enough to be divided.
  private static func widened(_ low: Double, _ high: Double) -> ClosedRange<Double> {
    // Sums of the ends and of ticks beyond them must stay finite.
    let low = max(low, -1e300)
    let high = max(low, min(high, 1e300))
    let size = max(abs(low), abs(high))
    if high - low > 1e-9 * size, high - low > 1e-300 { return low...high }
    let margin = size > 1e-290 ? 0.1 * size : 1
    return (low - margin)...(high + margin)
  }

  /// 1, 2, 2.5 or 5 times a power of ten, so that about `count` of them fill the range.
  private static func niceStep(_ range: ClosedRange<Double>, count: Int) -> Double {
    let rough = (range.upperBound - range.lowerBound) / Double(max(count, 1))
    let power = pow(10, floor(log10(rough)))
    let factor = rough / power
    return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 2.5 ? 2.5 : factor <= 5 ? 5 : 10)
  }
}
