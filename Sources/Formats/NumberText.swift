/// Numbers as people write them.
package enum NumberText {
  /// The shortest decimal that reads back as the same number: `5e-05`, `6.5`, `-1`.
  ///
  /// Infinite values and NaN have no decimal; they are named as Swift names them.
  package static func shortest(_ value: Double) -> String { whole("\(value)") }

  /// The shortest decimal that reads back as the same single-precision number.
  package static func shortest(_ value: Float) -> String { whole("\(value)") }

  /// Python's `repr(float)`: the shortest digits that read back, an exponent below 1e-4 and from 1e16.
  package static func python(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    // Swift begins with exponents where not every whole number is a `Double` any more.
    let isWhole = value.magnitude > 0x1p53 && value.magnitude < 1e16
    return isWhole ? "\(Int(value)).0" : "\(value)"
  }

  /// Swift writes the shortest digits, but whole numbers as `-1.0`.
  private static func whole(_ text: String) -> String {
    text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
