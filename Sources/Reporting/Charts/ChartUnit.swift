import Foundation

/// The format of a chart's values.
package enum ChartUnit: Sendable, Hashable {
  /// Fractions in 0…1, shown in percent.
  case percent
  /// Plain numbers.
  case plain

  /// The value to about four digits, for tooltips and bars.
  func text(_ value: Double) -> String {
    switch self {
    case .percent: Self.decimal(100 * value, decimals: 1) + "%"
    case .plain: Self.short(value)
    }
  }

  /// The value with as many decimals as ticks `step` apart need.
  func tick(_ value: Double, step: Double) -> String {
    let scale = self == .percent ? 100.0 : 1
    let (shown, apart) = (scale * value, abs(scale * step))
    guard abs(shown) < 1e6, apart >= 1e-5, apart < 1e300 else { return Self.short(shown) + suffix }
    // 2.5 needs a decimal more than its power of ten.
    let power = Int(floor(log10(apart) + 1e-9))
    let unit = pow(10, Double(power))
    let isWhole = abs(apart / unit - (apart / unit).rounded()) < 1e-6
    return Self.grouped(Self.decimal(shown, decimals: max(0, isWhole ? -power : 1 - power)))
      + suffix
  }

  private var suffix: String { self == .percent ? "%" : "" }

  /// Four significant digits; very large and small numbers with a power of ten.
  private static func short(_ value: Double) -> String {
    let size = abs(value)
    if size != 0, size >= 1e6 || size < 1e-4 { return scientific(value) }
    let text = String(format: "%.4g", size)
    return (value < 0 && Double(text) != 0 ? "−" : "") + text
  }

  private static func decimal(_ value: Double, decimals: Int) -> String {
    let text = String(format: "%.\(decimals)f", abs(value))
    return (value < 0 && Double(text) != 0 ? "−" : "") + text
  }

  /// Whole numbers of five and more digits with a comma before every third.
  private static func grouped(_ text: String) -> String {
    let digits = text.drop { !$0.isNumber }
    guard digits.count > 4, !digits.contains(".") else { return text }
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return text.prefix(text.count - digits.count) + result
  }

  /// `2.5×10⁻⁷`; a coefficient of 1 is left out.
  static func scientific(_ value: Double) -> String {
    let parts = String(format: "%.2e", abs(value)).split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]), let factor = Double(parts[0]) else {
      return String(format: "%.3g", value)
    }
    let sign = value < 0 ? "−" : ""
    let coefficient = factor == 1 ? "" : String(format: "%g×", factor)
    return sign + coefficient + "10" + superscript(exponent)
  }

  private static func superscript(_ exponent: Int) -> String {
    let digits: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
    let text = String(abs(exponent)).compactMap { $0.wholeNumberValue.map { digits[$0] } }
    return (exponent < 0 ? "⁻" : "") + String(text)
  }
}
