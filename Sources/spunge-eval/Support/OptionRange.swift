import ArgumentParser

/// The ranges of numeric options, chosen so that no sum or product of them overflows `Int`.
///
/// Every numeric option is checked here; a repository test finds those that are not.
enum OptionRange {
  static let threads = 1...1024
  /// Tokens per batch, for which memory is reserved.
  static let batchTokens = 1...1_048_576
  /// Tokens per text.
  static let tokens = 1...16_777_216
  static let fewShot = 0...100_000
  static let bootstrap = 0...100_000_000
  static let count = 0...1_000_000_000
  static let positive = 1...1_000_000_000
  static let bytes = 1...1_000_000_000_000_000_000

  /// - Parameters:
  ///   - option: the option as written on the command line.
  ///   - value: nil if the option is absent.
  /// - Throws: `ValidationError` with option, value and range.
  static func check(_ option: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError(
      "\(option) is \(value); it must be a whole number from \(range.lowerBound) to \(range.upperBound)"
    )
  }

  static func check(_ option: String, _ value: Double, _ range: ClosedRange<Double>) throws {
    guard !range.contains(value) else { return }
    throw ValidationError(
      "\(option) is \(value); it must be a number from \(range.lowerBound) to \(range.upperBound)")
  }
}
