package import Formats

extension Value {
  /// Python's `str(value)`.
  package var text: String {
    if case .string(let value) = self { return value }
    return representation
  }

  /// Python's `repr(value)`.
  package var representation: String {
    switch self {
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .integer(let value): String(value)
    case .float(let value): Self.pythonText(of: value)
    case .string(let value): Self.quoted(value)
    case .list(let items): "[" + items.map(\.representation).joined(separator: ", ") + "]"
    case .tuple(let items):
      items.count == 1
        ? "(\(items[0].representation),)"
        : "(" + items.map(\.representation).joined(separator: ", ") + ")"
    case .mapping(let mapping):
      "{"
        + zip(mapping.keys, mapping.values)
        .map { "\($0.representation): \($1.representation)" }.joined(separator: ", ") + "}"
    }
  }

  /// Python's `repr(float)`: the shortest digits that read back, an exponent below 1e-4 and from
  /// 1e16.
  static func pythonText(of value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    let (sign, digits, exponent) = decimalDigits(of: value)
    if exponent < -4 || exponent >= 16 {
      let fraction = digits.count > 1 ? "." + String(digits.dropFirst()) : ""
      let size = abs(exponent)
      return sign + String(digits.prefix(1)) + fraction + "e" + (exponent < 0 ? "-" : "+")
        + (size < 10 ? "0" : "") + String(size)
    }
    if exponent < 0 {
      return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
    }
    let whole = digits.prefix(exponent + 1)
    let fraction = digits.dropFirst(exponent + 1)
    return sign + whole + String(repeating: "0", count: exponent + 1 - whole.count) + "."
      + (fraction.isEmpty ? "0" : String(fraction))
  }

  /// Significant digits without trailing zeros, and the power of ten of the first one.
  private static func decimalDigits(of value: Double) -> (String, String, Int) {
    let parts = value.magnitude.description.split(separator: "e", maxSplits: 1)
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let whole = String(mantissa[0])
    let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
    var exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + whole.count - 1
    var digits = Substring(whole + fraction)
    while digits.count > 1, digits.first == "0" {
      digits = digits.dropFirst()
      exponent -= 1
    }
    while digits.count > 1, digits.last == "0" { digits = digits.dropLast() }
    if digits == "0" { exponent = 0 }
    return (value.sign == .minus ? "-" : "", String(digits), exponent)
  }

  /// Python's `repr(str)`: single quotes unless only they occur inside.
  static func quoted(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var result = String.UnicodeScalarView()
    result.append(quote)
    for scalar in scalars {
      switch scalar {
      case quote, "\\": result.append(contentsOf: ["\\", scalar])
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      case _ where isPrintable(scalar): result.append(scalar)
      default: result.append(contentsOf: escape(scalar).unicodeScalars)
      }
    }
    result.append(quote)
    return String(result)
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7f }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let (letter, width) =
      scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
    let digits = String(scalar.value, radix: 16)
    return "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
  }
}
