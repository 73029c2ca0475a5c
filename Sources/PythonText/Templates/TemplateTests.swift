import Formats

/// The tests that may follow `is`.
enum TemplateTests {
  private typealias Test =
    @Sendable (Value, [Value], TemplateBudget) throws -> Bool

  /// All names, with those that the evaluator answers itself.
  static let names: [String] = (["callable", "defined", "undefined"] + table.keys).sorted()

  static func holds(
    _ name: String, _ value: Value, _ arguments: [Value], _ budget: TemplateBudget
  ) throws(TemplateFault) -> Bool {
    guard let test = table[name] else { throw TemplateFault("unknown test '\(name.shown())'") }
    if arguments.count != (takesArgument.contains(name) ? 1 : 0) {
      throw TemplateFault("the test '\(name)' does not take \(arguments.count) argument(s)")
    }
    return try TemplateFault.only { try test(value, arguments, budget) }
  }

  private static let takesArgument = Set(comparisons.keys).subtracting(["odd", "even"])

  private static let table: [String: Test] = comparisons.merging(kinds) { left, _ in left }

  private static let kinds: [String: Test] = [
    "none": { value, _, _ in value == .none },
    "string": { value, _, _ in value.stringValue != nil },
    "number": { value, _, _ in value.doubleValue != nil },
    "integer": { value, _, _ in if case .integer = value { true } else { false } },
    "float": { value, _, _ in if case .float = value { true } else { false } },
    "boolean": { value, _, _ in if case .bool = value { true } else { false } },
    "true": { value, _, _ in if case .bool(true) = value { true } else { false } },
    "false": { value, _, _ in if case .bool(false) = value { true } else { false } },
    "mapping": { value, _, _ in value.mappingValue != nil },
    "sequence": { value, _, _ in value.hasElements },
    "iterable": { value, _, _ in value.hasElements },
    "lower": { value, _, budget in
      try budget.read(value)
      return TemplateMethods.isOfKind(value.text, "islower")
    },
    "upper": { value, _, budget in
      try budget.read(value)
      return TemplateMethods.isOfKind(value.text, "isupper")
    },
    "filter": { value, _, _ in TemplateFilters.names.contains(value.text) },
    "test": { value, _, _ in names.contains(value.text) },
    "escaped": { _, _, _ in false },
  ]

  private static let comparisons: [String: Test] = {
    var table: [String: Test] = [
      "odd": { value, _, budget in
        try value.combined("%", .integer(2), budget) == .integer(1)
      },
      "even": { value, _, budget in
        try value.combined("%", .integer(2), budget) == .integer(0)
      },
      "divisibleby": { value, arguments, budget in
        try value.combined("%", try argument(arguments), budget) == .integer(0)
      },
      "sameas": { value, arguments, budget in
        try budget.read(value)
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
        table[name] = { value, arguments, budget in
          try value.compares(operation, try argument(arguments), budget)
        }
      }
    }
    return table
  }()

  private static func argument(
    _ arguments: [Value]
  ) throws(TemplateFault) -> Value {
    guard let first = arguments.first else { throw TemplateFault("the test needs an argument") }
    return first
  }
}
