/// Whose Jinja a template is written for.
enum TemplateDialect: Sendable {
  /// Task files of the harness: what is undefined is an error, white space stays.
  case task
  /// Chat templates as transformers renders them: what is undefined prints nothing, a line that
  /// holds only a statement leaves no trace.
  case chat
}

/// Bounds that no honest template meets, so that a hostile one ends in an error.
struct TemplateBudget {
  /// Evaluated statements, expressions and units of data.
  private var steps = 20_000_000
  /// Statements, expressions and macros inside each other.
  private var depth = 0
  private static let depthLimit = 400
  /// Lists inside lists.
  private static let nestingLimit = 100

  mutating func enter() throws(TemplateFault) {
    depth += 1
    if depth > Self.depthLimit { throw TemplateFault("the template calls itself too often") }
    try spend(1)
  }

  mutating func leave() { depth -= 1 }

  /// Charges for a value that is made or read through.
  mutating func charge(_ value: TemplateValue, nesting: Int = 0) throws(TemplateFault) {
    switch value {
    case .string(let text): try spend(1 + text.utf8.count / 16)
    case .list(let items), .tuple(let items): try charge(items, nesting: nesting)
    case .mapping(let mapping): try charge(mapping.values, nesting: nesting)
    default: try spend(1)
    }
  }

  private mutating func charge(_ items: [TemplateValue], nesting: Int) throws(TemplateFault) {
    if nesting > Self.nestingLimit { throw TemplateFault("lists are nested too deep") }
    try spend(1)
    for item in items { try charge(item, nesting: nesting + 1) }
  }

  mutating func spend(_ count: Int) throws(TemplateFault) {
    steps -= count
    if steps < 0 { throw TemplateFault("the template takes too long") }
  }
}
