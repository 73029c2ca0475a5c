/// The range of a setting's number, or of each number in its list.
package struct SettingRange: Sendable, Hashable, CustomStringConvertible {
  private let lower: Double
  private let upper: Double
  private let excludesLower: Bool
  private let excludesUpper: Bool

  private init(_ lower: Double, _ upper: Double, excludesLower: Bool, excludesUpper: Bool) {
    (self.lower, self.upper) = (lower, upper)
    (self.excludesLower, self.excludesUpper) = (excludesLower, excludesUpper)
  }

  package static func from(_ lower: Double, to upper: Double) -> SettingRange {
    SettingRange(lower, upper, excludesLower: false, excludesUpper: false)
  }

  package static func from(_ lower: Double, below upper: Double) -> SettingRange {
    SettingRange(lower, upper, excludesLower: false, excludesUpper: true)
  }

  package static func above(_ lower: Double, to upper: Double) -> SettingRange {
    SettingRange(lower, upper, excludesLower: true, excludesUpper: false)
  }

  /// The default range of whole numbers, ample for any count.
  package static let count = SettingRange.from(0, to: 1e9)
  /// The default range of numbers, whose squares are still finite.
  package static let finite = SettingRange.from(-1e30, to: 1e30)
  /// Any number, for seeds and bounds that may be infinite.
  package static let any = SettingRange.from(-.infinity, to: .infinity)

  /// Whether `value` is in the range; NaN never is.
  package func contains(_ value: Double) -> Bool {
    (excludesLower ? value > lower : value >= lower)
      && (excludesUpper ? value < upper : value <= upper)
  }

  package var description: String {
    let first = "\(excludesLower ? "above" : "from") \(Self.text(lower))"
    return excludesUpper
      ? "\(first) and below \(Self.text(upper))"
      : "\(first) \(excludesLower ? "and at most" : "to") \(Self.text(upper))"
  }

  private static func text(_ bound: Double) -> String {
    Int(exactly: bound).flatMap { abs(bound) <= 1e15 ? "\($0)" : nil } ?? "\(bound)"
  }
}

extension Settings {
  /// All numbers outside their ranges, including those of nested settings.
  ///
  /// - Parameter prefix: prefix of the keys, for example `training.`.
  func rangeProblems(prefix: String = "") -> [SettingsError.Problem] {
    Mirror(reflecting: self).children.flatMap { label, value -> [SettingsError.Problem] in
      guard let label else { return [] }
      if let inner = value as? any Settings {
        return inner.rangeProblems(prefix: "\(prefix)\(label).")
      }
      let declared = Self.ranges[label]
      let (numbers, range): ([Double], SettingRange) =
        switch value {
        case let number as Int: ([Double(number)], declared ?? .count)
        case let numbers as [Int]: (numbers.map(Double.init), declared ?? .count)
        case let number as Float: ([Double(number)], declared ?? .finite)
        case let number as Double: ([number], declared ?? .finite)
        case let numbers as [Double]: (numbers, declared ?? .finite)
        default: ([], .any)
        }
      guard !numbers.allSatisfy(range.contains) else { return [] }
      let each = value is [Int] || value is [Double] ? "numbers " : ""
      return [.invalid(prefix + label, given: "\(value)", requirement: "\(each)\(range)")]
    }
  }
}
