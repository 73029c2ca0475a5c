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
  private var steps: Int
  /// Statements, expressions and macros inside each other.
  private var depth = 0
  private static let depthLimit = 400
  /// Lists inside lists.
  private static let nestingLimit = 100

  /// Documents may be far longer than chats.
  init(_ dialect: TemplateDialect) { steps = dialect == .task ? 20_000_000 : 2_000_000 }

  mutating func enter() throws(TemplateFault) {
    depth += 1
    if depth > Self.depthLimit { throw TemplateFault("the template calls itself too often") }
    try spend(1)
  }

  mutating func leave() { depth -= 1 }

  /// Charges for a value that is made or read through.
  mutating func charge(_ value: TemplateValue, nesting: Int = 0) throws(TemplateFault) {
    switch value {
    case .string(let text): try spend(1 + text.utf8.count / 64)
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

extension String {
  /// `replacing` for templates: an error where the result would be too long.
  func replacingInTemplate(
    _ old: String, with new: String, limit: Int
  ) throws(TemplateFault) -> String {
    // Counting is dear, and short texts cannot grow much.
    if max(utf8.count, new.utf8.count) > 2048 {
      let count = old.isEmpty ? unicodeScalars.count + 1 : byteOffsets(of: old).count
      try Self.checkLength(pieces: min(count, limit), of: new.utf8.count)
    }
    return replacing(codePointsOf: old, with: new, limit: limit)
  }

  /// - Throws: `TemplateFault` if so many pieces of `length` bytes are too long together.
  static func checkLength(pieces: Int, of length: Int) throws(TemplateFault) {
    let (total, overflows) = pieces.multipliedReportingOverflow(by: length)
    if overflows || total > TemplateValue.sizeLimit {
      throw TemplateFault("the text is longer than \(TemplateValue.sizeLimit) bytes")
    }
  }
}
