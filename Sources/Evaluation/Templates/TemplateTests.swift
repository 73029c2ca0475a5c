/// The tests that may follow `is`.
enum TemplateTests {
  private typealias Test =
    @Sendable (TemplateValue, [TemplateValue]) throws -> Bool

  /// All names, `defined` and `undefined` included, which the evaluator answers itself.
  static let names: [String] = (["defined", "undefined"] + table.keys).sorted()

  static func holds(
    _ name: String, _ value: TemplateValue, _ arguments: [TemplateValue]
  ) throws(TemplateFault) -> Bool {
    guard let test = table[name] else { throw TemplateFault("unknown test '\(name)'") }
    return try TemplateFault.only { try test(value, arguments) }
  }

  private static let table: [String: Test] = comparisons.merging(kinds) { left, _ in left }

  private static let kinds: [String: Test] = [
    "none": { value, _ in value == .none },
    "string": { value, _ in value.stringValue != nil },
    "number": { value, _ in value.doubleValue != nil },
    "integer": { value, _ in if case .integer = value { true } else { false } },
    "float": { value, _ in if case .float = value { true } else { false } },
    "boolean": { value, _ in if case .bool = value { true } else { false } },
    "true": { value, _ in if case .bool(true) = value { true } else { false } },
    "false": { value, _ in if case .bool(false) = value { true } else { false } },
    "mapping": { value, _ in value.mappingValue != nil },
    "sequence": { value, _ in (try? value.elements()) != nil },
    "iterable": { value, _ in (try? value.elements()) != nil },
    "lower": { value, _ in value.text == value.text.lowercasedAsPython },
    "upper": { value, _ in value.text == value.text.uppercased() },
  ]

  private static let comparisons: [String: Test] = {
    var table: [String: Test] = [
      "odd": { value, _ in
        try value.combined("%", .integer(2)) == .integer(1)
      },
      "even": { value, _ in
        try value.combined("%", .integer(2)) == .integer(0)
      },
      "divisibleby": { value, arguments in
        try value.combined("%", try argument(arguments)) == .integer(0)
      },
      "sameas": { value, arguments in
        let other = try argument(arguments)
        return value.typeName == other.typeName && value == other
      },
    ]
    let operations = [
      ("==", ["==", "eq", "equalto"]), ("!=", ["!=", "ne"]), ("<", ["<", "lt", "lessthan"]),
      ("<=", ["<=", "le"]), (">", [">", "gt", "greaterthan"]), (">=", [">=", "ge"]),
      ("in", ["in"]),
    ]
    for (operation, names) in operations {
      for name in names {
        table[name] = { value, arguments in
          try value.compares(operation, try argument(arguments))
        }
      }
    }
    return table
  }()

  private static func argument(
    _ arguments: [TemplateValue]
  ) throws(TemplateFault) -> TemplateValue {
    guard let first = arguments.first else { throw TemplateFault("the test needs an argument") }
    return first
  }
}
