import Formats
import Testing

@Suite struct NumberTextTests {
  /// Python's `repr`, whole numbers without their `.0`.
  @Test(
    arguments: [
      (5e-5, "5e-05"), (6.5, "6.5"), (-1, "-1"), (0, "0"), (0.001, "0.001"), (1e-6, "1e-06"),
      (1200, "1200"), (0.1 + 0.2, "0.30000000000000004"), (1.0 / 3, "0.3333333333333333"),
      (1e15, "1000000000000000"), (1e16, "1e+16"),
      (123_456_789_012_345_680, "1.2345678901234568e+17"),
      (.leastNonzeroMagnitude, "5e-324"), (-1.7976931348623157e308, "-1.7976931348623157e+308"),
    ] as [(Double, String)])
  func shortestDecimal(value: Double, text: String) {
    #expect(NumberText.shortest(value) == text)
    #expect(Double(text) == value)
  }

  /// Python's `repr`, where Swift writes an exponent sooner.
  @Test(
    arguments: [
      (9_007_199_254_740_994, "9007199254740994.0"), (9_999_999_999_999_998, "9999999999999998.0"),
      (1.2e16, "1.2e+16"), (9.5e15, "9500000000000000.0"), (1, "1.0"), (1e-5, "1e-05"),
      (-9_007_199_254_740_994, "-9007199254740994.0"), (.nan, "nan"), (-.infinity, "-inf"),
    ] as [(Double, String)])
  func pythonsRepresentation(value: Double, text: String) {
    #expect(NumberText.python(value) == text)
  }

  @Test func singlePrecisionHasItsOwnDigits() {
    // numpy's str(float32(0.1)) and str(float32(1) / 3).
    #expect(NumberText.shortest(Float(0.1)) == "0.1")
    #expect(NumberText.shortest(Float(1) / 3) == "0.33333334")
  }
}
