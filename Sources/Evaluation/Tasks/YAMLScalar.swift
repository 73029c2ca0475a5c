import Formats
import Foundation

/// What an unquoted YAML word stands for, as Python's YAML reads it (YAML 1.1, and stricter about
/// floats: `1e-3` is a text).
enum YAMLScalar {
  static func value(of text: String) -> Value {
    switch text {
    case "", "~", "null", "Null", "NULL": return .none
    case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": return .bool(true)
    case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": return .bool(false)
    default: break
    }
    guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else {
      return .string(text)
    }
    return integer(text).map { .integer($0) } ?? float(text).map { .float($0) } ?? .string(text)
  }

  /// Decimal, `0x…`, `0b…`, octal with a leading 0, or base 60 with colons.
  private static func integer(_ text: String) -> Int? {
    let (sign, digits) = signAndDigits(text)
    let plain = digits.replacing("_", with: "")
    let magnitude: Int?
    if digits.hasPrefix("0x") {
      magnitude =
        isMade(of: "0123456789abcdefABCDEF_", digits.dropFirst(2))
        ? Int(plain.dropFirst(2), radix: 16) : nil
    } else if digits.hasPrefix("0b") {
      magnitude = isMade(of: "01_", digits.dropFirst(2)) ? Int(plain.dropFirst(2), radix: 2) : nil
    } else if digits.hasPrefix("0"), digits != "0" {
      magnitude = isMade(of: "01234567_", digits) ? Int(plain, radix: 8) : nil
    } else if digits.contains(":") {
      magnitude = sexagesimal(digits, whole: true).flatMap { Int(exactly: $0) }
    } else {
      magnitude = startsWithDigit(digits) && isMade(of: "0123456789_", digits) ? Int(plain) : nil
    }
    return magnitude.map { sign == "-" ? -$0 : $0 }
  }

  /// A fraction has a point, and its exponent a sign.
  private static func float(_ text: String) -> Double? {
    let (sign, digits) = signAndDigits(text)
    switch digits {
    case ".inf", ".Inf", ".INF": return sign == "-" ? -.infinity : .infinity
    case ".nan", ".NaN", ".NAN": return sign.isEmpty ? .nan : nil
    default: break
    }
    if digits.contains(":") {
      return sexagesimal(digits, whole: false).map { sign == "-" ? -$0 : $0 }
    }
    let parts = digits.split(maxSplits: 1) { $0 == "e" || $0 == "E" }
    let mantissa = parts.first.map(String.init) ?? ""
    guard mantissa.contains("."), isMade(of: "0123456789_.", mantissa),
      mantissa.count(where: { $0 == "." }) == 1
    else { return nil }
    let hasDigitFirst = startsWithDigit(mantissa)
    // Without a digit before the point there is one behind it, and no sign in front.
    guard hasDigitFirst || (sign.isEmpty && startsWithDigit(String(mantissa.dropFirst()))) else {
      return nil
    }
    if parts.count == 2 {
      let exponent = parts[1]
      guard let first = exponent.first, first == "+" || first == "-",
        isMade(of: "0123456789", exponent.dropFirst())
      else { return nil }
    } else if digits.count > mantissa.count {
      return nil
    }
    let plain = text.replacing("_", with: "")
    return Double(plain.hasSuffix(".") ? plain + "0" : plain.replacing(".e", with: ".0e"))
  }

  /// `1:30` is 90, `1:30.5` is 90.5.
  private static func sexagesimal(_ digits: String, whole: Bool) -> Double? {
    let parts = digits.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard let first = parts.first, var last = parts.last, startsWithDigit(first),
      isMade(of: "0123456789_", first), last.contains(".") != whole
    else { return nil }
    if !whole { last = String(last.prefix { $0 != "." }) }
    for part in parts.dropFirst().dropLast() + [last] {
      guard (1...2).contains(part.count), isMade(of: "0123456789", part), (Int(part) ?? 60) < 60
      else { return nil }
    }
    var total = 0.0
    for part in parts {
      guard let value = Double(part.replacing("_", with: "")) else { return nil }
      total = total * 60 + value
    }
    return total
  }

  private static func signAndDigits(_ text: String) -> (sign: String, digits: String) {
    guard let first = text.first, first == "+" || first == "-" else { return ("", text) }
    return (String(first), String(text.dropFirst()))
  }

  private static func startsWithDigit(_ text: String) -> Bool {
    text.utf8.first.map { (0x30...0x39).contains($0) } ?? false
  }

  private static func isMade(of characters: String, _ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { characters.utf8.contains($0) }
  }
}
