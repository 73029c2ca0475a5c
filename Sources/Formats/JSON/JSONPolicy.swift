/// What a reader accepts beyond RFC 8259, and what it refuses within it.
package struct JSONPolicy: Sendable {
  /// Deeper nesting is refused, so that hostile text cannot exhaust the stack.
  let depthLimit: Int
  /// Whether `NaN`, `Infinity` and `-Infinity` are numbers, and numbers too large for `Double` infinite.
  var takesInfinity = false
  /// Whether whole numbers that do not fit `Int` are read as fractions.
  var roundsLargeIntegers = false
  /// Whether a key may be in an object twice; the last value counts.
  var takesDuplicates = true

  /// As Python's `json` reads data sets, but for whole numbers that do not fit `Int`.
  package static let python = JSONPolicy(depthLimit: 100, takesInfinity: true)
  /// For files of models, which no two readers may understand differently.
  package static let strict = JSONPolicy(
    depthLimit: 64, roundsLargeIntegers: true, takesDuplicates: false)
  /// What Foundation's decoder takes.
  package static let foundation = JSONPolicy(depthLimit: 512, roundsLargeIntegers: true)
}
