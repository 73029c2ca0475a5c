import Formats
import Foundation

extension TemplateFilters {
  static let ofNumbers: [String: Filter] = [
    "int": { value, call in
      let missing = call.value(0, "default") ?? .integer(0)
      let base = try call.integer(1, "base") ?? 10
      guard (2...36).contains(base) else { throw TemplateFault("int: the base is from 2 to 36") }
      if let number = value.integerValue { return .integer(number) }
      if let text = value.stringValue, let number = text.integerAsPython(base: base) {
        return .integer(number)
      }
      let number = value.doubleValue ?? value.stringValue?.doubleAsPython
      return number.flatMap { Int(exactly: $0.rounded(.towardZero)) }.map { .integer($0) }
        ?? missing
    },
    "float": { value, call in
      let number = value.doubleValue ?? value.stringValue?.doubleAsPython
      return number.map { .float($0) } ?? call.value(0, "default") ?? .float(0)
    },
    "abs": { value, _ in
      if let number = value.integerValue, number != .min { return .integer(abs(number)) }
      guard let number = value.doubleValue else {
        throw TemplateFault("abs takes a number, not a \(value.typeName)")
      }
      return .float(abs(number))
    },
    "round": round,
    "sum": { value, call in
      var total = call.value(1, "start") ?? .integer(0)
      if total.stringValue != nil {
        throw TemplateFault("sum adds numbers or lists; texts are joined by 'join'")
      }
      for item in try value.attributeValues(call.value(0, "attribute"), call.budget) {
        total = try total.combined("+", item, call.budget)
      }
      return total
    },
    "filesizeformat": { value, call in
      guard let bytes = value.doubleValue ?? value.stringValue?.doubleAsPython else {
        throw TemplateFault("filesizeformat takes a number, not a \(value.typeName)")
      }
      let isBinary = call.isTrue(0, "binary")
      let base = isBinary ? 1024.0 : 1000
      if bytes == 1 { return .string("1 Byte") }
      if bytes < base { return .string("\(Int(exactly: bytes.rounded(.towardZero)) ?? 0) Bytes") }
      let prefixes = isBinary ? "KMGTPEZY" : "kMGTPEZY"
      var (unit, size) = (base, "")
      for prefix in prefixes {
        unit *= base
        size = String(format: "%.1f ", base * bytes / unit) + "\(prefix)\(isBinary ? "iB" : "B")"
        if bytes < unit { break }
      }
      return .string(size)
    },
  ]

  private static let round: Filter = { value, call in
    let precision = try call.integer(0, "precision") ?? 0
    let method = try call.string(1, "method") ?? "common"
    if case .integer = value, method == "common" { return value }
    guard let number = value.doubleValue, (0...300).contains(precision) else {
      throw TemplateFault("round takes a number and a precision of at least 0")
    }
    let scale = pow(10, Double(precision))
    switch method {
    case "common": return .float(Double(String(format: "%.\(precision)f", number)) ?? number)
    case "ceil": return .float((number * scale).rounded(.up) / scale)
    case "floor": return .float((number * scale).rounded(.down) / scale)
    default: throw TemplateFault("round knows the methods common, ceil and floor")
    }
  }
}

extension String {
  /// Python's `int(text, base)`; underscores stand between digits only.
  func integerAsPython(base: Int) -> Int? {
    let text = stripped()
    let digits = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.dropFirst()) : text
    guard digits.utf8.allSatisfy({ $0 < 0x80 }), !digits.hasPrefix("-"), !digits.hasPrefix("+"),
      !digits.hasPrefix("_"), !digits.hasSuffix("_"), !digits.contains("__")
    else { return nil }
    var plain = digits.replacing(codePointsOf: "_", with: "").lowercased()
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)]
    where radix == base && plain.hasPrefix(prefix) { plain = String(plain.dropFirst(2)) }
    return Int((text.hasPrefix("-") ? "-" : "") + plain, radix: base)
  }

  /// Python's `float(text)`.
  var doubleAsPython: Double? {
    let text = stripped().lowercased()
    let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
    if ["inf", "infinity", "nan"].contains(String(digits)) { return Double(text) }
    guard digits.utf8.allSatisfy({ "0123456789.e+-_".utf8.contains($0) }),
      !digits.hasPrefix("_"), !digits.hasSuffix("_"), !digits.contains("__")
    else { return nil }
    let plain = text.replacing(codePointsOf: "_", with: "")
    return Double(plain)
  }
}
