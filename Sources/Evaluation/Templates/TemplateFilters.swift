import Foundation

/// The filters that may follow `|`.
enum TemplateFilters {
  private typealias Filter =
    @Sendable (TemplateValue, TemplateCall) throws -> TemplateValue

  static let names: [String] = table.keys.sorted()
  /// Filters that take nothing for an answer.
  static let acceptsUndefined: Set<String> = ["default", "d"]

  static func apply(
    _ name: String, to value: TemplateValue, _ arguments: TemplateArguments<TemplateValue>,
    _ dialect: TemplateDialect = .task
  ) throws(TemplateFault) -> TemplateValue {
    if name == "tojson", dialect == .chat {
      return .string(try value.chatJSON(TemplateCall(name: name, arguments)))
    }
    guard let filter = table[name] else { throw TemplateFault("unknown filter '\(name)'") }
    return try TemplateFault.only { try filter(value, TemplateCall(name: name, arguments)) }
  }

  private static let table: [String: Filter] =
    ofText.merging(ofNumbers) { left, _ in left }
    .merging(ofCollections) { left, _ in left }
    .merging(ofSelections) { left, _ in left }

  private static let ofText: [String: Filter] = [
    "string": { value, _ in .string(value.text) },
    "safe": { value, _ in .string(value.text) },
    "lower": { value, _ in .string(value.text.lowercasedAsPython) },
    "upper": { value, _ in .string(value.text.uppercased()) },
    "capitalize": { value, _ in .string(value.text.capitalizedAsPython) },
    "title": { value, _ in .string(titleWords(value.text)) },
    "trim": { value, call in
      .string(value.text.stripped(try call.string(0, "chars")))
    },
    "replace": { value, call in
      let count = try call.integer(2, "count") ?? -1
      return .string(
        try value.text.replacingInTemplate(
          try call.required(0, "old").text, with: try call.required(1, "new").text,
          limit: count < 0 ? .max : count))
    },
    "regex_replace": { value, call in
      guard let text = value.stringValue else {
        throw TemplateFault("regex_replace takes a str, not a \(value.typeName)")
      }
      let pattern = try PythonRegex(try call.requiredString(0, "pattern"))
      return .string(
        try pattern.replace(
          in: text, with: try call.requiredString(1, "repl"),
          count: try call.integer(2, "count") ?? 0))
    },
    "default": defaultValue, "d": defaultValue,
    "tojson": { value, _ in .string(try value.jsonText) },
    "wordcount": { value, _ in
      .integer(
        value.text.unicodeScalars.split {
          !($0 == "_" || $0.properties.isAlphabetic || $0.properties.numericType != nil)
        }.count)
    },
  ]

  private static let defaultValue: Filter = { value, call in
    call.isTrue(1, "boolean") && !value.isTrue
      ? call.value(0, "default_value") ?? .string("") : value
  }

  /// Jinja's `title`: words are separated by white space, hyphens and opening brackets.
  private static func titleWords(_ text: String) -> String {
    var (result, startsWord) = ("", true)
    for scalar in text.unicodeScalars {
      result +=
        startsWord
        ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
      startsWord = scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar)
    }
    return result
  }

  private static let ofNumbers: [String: Filter] = [
    "int": { value, call in
      let missing = call.value(0, "default") ?? .integer(0)
      if let number = value.integerValue { return .integer(number) }
      let text = value.text.stripped().replacing(codePointsOf: "_", with: "")
      if let number = Int(text) { return .integer(number) }
      let number = value.doubleValue ?? Double(text)
      return number.flatMap { Int(exactly: $0.rounded(.towardZero)) }.map { .integer($0) }
        ?? missing
    },
    "float": { value, call in
      let number = value.doubleValue ?? Double(value.text.stripped())
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
      for item in try value.attributeValues(call.value(0, "attribute")) {
        total = try total.combined("+", item)
      }
      return total
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
