import Formats

/// Turns tokens into statements and expressions: Jinja's grammar, by recursive descent.
struct TemplateParser {
  private let tokens: [TemplateToken]
  private var position = 0
  private var nesting = 0
  /// Loops around the current statement.
  private var loops = 0
  /// Names in the current macro that take what its parameters do not.
  private var specialNames: Set<String> = []
  /// Deepest nesting of brackets and blocks that is accepted.
  private static let nestingLimit = 100

  init(_ tokens: [TemplateToken]) {
    precondition(tokens.last?.kind == .end, "a token list ends with `.end`")
    self.tokens = tokens
  }

  // MARK: Tokens

  var current: TemplateToken { tokens[position] }

  /// The token after the current one.
  var following: TemplateToken { tokens[min(position + 1, tokens.count - 1)] }

  @discardableResult
  mutating func advance() -> TemplateToken {
    let token = current
    if position < tokens.count - 1 { position += 1 }
    return token
  }

  func isAt(_ symbol: String) -> Bool { current.kind == .symbol(symbol) }
  func isAtName(_ name: String) -> Bool { current.kind == .name(name) }

  mutating func take(_ symbol: String) -> Bool {
    guard isAt(symbol) else { return false }
    advance()
    return true
  }

  mutating func takeName(_ name: String) -> Bool {
    guard isAtName(name) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: String) throws(TemplateError) {
    guard take(symbol) else { throw unexpected("'\(symbol)'") }
  }

  mutating func expectName() throws(TemplateError) -> String {
    guard case .name(let name) = current.kind else { throw unexpected("a name") }
    advance()
    return name
  }

  private mutating func expect(
    _ kind: TemplateToken.Kind, _ expected: String
  ) throws(TemplateError) {
    guard current.kind == kind else { throw unexpected(expected) }
    advance()
  }

  func unexpected(_ expected: String) -> TemplateError {
    .syntax(current.place, "expected \(expected), found \(Self.describe(current.kind))")
  }

  private static func describe(_ kind: TemplateToken.Kind) -> String {
    switch kind {
    case .text: "text"
    case .outputStart: "'{{'"
    case .outputEnd: "'}}'"
    case .statementStart: "'{%'"
    case .statementEnd: "'%}'"
    case .name(let name): "'\(name)'"
    case .string(let text): Value.quoted(text)
    case .integer(let value): String(value)
    case .float(let value): String(value)
    case .symbol(let symbol): "'\(symbol)'"
    case .end: "the end of the template"
    }
  }

  /// Parses one level deeper, or says that the template is nested too deep.
  mutating func nested<Result>(
    _ parse: (inout TemplateParser) throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    nesting += 1
    defer { nesting -= 1 }
    if nesting > Self.nestingLimit {
      throw .syntax(current.place, "the template is nested more than \(Self.nestingLimit) deep")
    }
    return try parse(&self)
  }

  // MARK: Statements

  /// A whole template.
  static func template(_ tokens: [TemplateToken]) throws(TemplateError) -> [TemplateNode] {
    var parser = TemplateParser(tokens)
    return try parser.parseNodes(until: [], opening: nil)
  }

  /// Statements up to a tag named in `ends`; leaves the parser behind that name.
  mutating func parseNodes(
    until ends: [String], opening: TemplatePlace?
  ) throws(TemplateError) -> [TemplateNode] {
    var nodes: [TemplateNode] = []
    while true {
      switch current.kind {
      case .text(let text):
        let place = advance().place
        nodes.append(.text(text, place))
      case .outputStart:
        advance()
        nodes.append(.output(try parseTuple()))
        try expect(.outputEnd, "'}}'")
      case .statementStart:
        if case .name(let name) = following.kind, ends.contains(name) {
          advance()
          return nodes
        }
        advance()
        nodes.append(try nested { parser throws(TemplateError) in try parser.parseStatement() })
      case .end:
        guard let opening else { return nodes }
        throw .syntax(
          opening, "this block is never closed with '{% \(ends.last ?? "") %}'")
      default: throw unexpected("text or a tag")
      }
    }
  }

  private mutating func parseStatement() throws(TemplateError) -> TemplateNode {
    let place = current.place
    let name = try expectName()
    switch name {
    case "if": return try parseIf(place)
    case "for": return try parseFor(place)
    case "set": return try parseSet(place)
    case "macro": return try parseMacro(place)
    case "call": return try parseCallBlock(place)
    case "filter":
      let text = try parseFilterChain(place)
      return .filtered(text, try parseBody(endingWith: "endfilter", place))
    case "with": return try parseWith(place)
    case "print":
      var values = [try parseExpression()]
      while take(",") { values.append(try parseExpression()) }
      try endStatement()
      return .conditional([], else: values.map { .output($0) })
    case "break", "continue":
      guard loops > 0 else { throw .syntax(place, "'\(name)' stands outside of a loop") }
      try endStatement()
      return name == "break" ? .leaveLoop : .nextTurn
    case "generation":
      return .conditional([], else: try parseBody(endingWith: "endgeneration", place))
    default:
      if let reason = Self.refused[name] {
        throw .syntax(place, "the statement '\(name)' is not supported: \(reason)")
      }
      throw .syntax(
        place,
        "unknown statement '\(name.shown())'; known statements: break, call, continue, filter, for, "
          + "generation, if, macro, print, raw, set, with")
    }
  }

  private static let refused = [
    "autoescape": "prompts are no HTML", "block": "there is no template to inherit from",
    "do": "neither the harness nor transformers has it", "extends": "there are no other templates",
    "from": "there are no other templates", "import": "there are no other templates",
    "include": "there are no other templates",
    "trans": "neither the harness nor transformers has it",
  ]

  /// The rest of a statement, what follows it and its end.
  mutating func parseBody(
    endingWith end: String, _ place: TemplatePlace
  ) throws(TemplateError) -> [TemplateNode] {
    try endStatement()
    let body = try parseNodes(until: [end], opening: place)
    advance()
    try endStatement()
    return body
  }

  mutating func endStatement() throws(TemplateError) {
    try expect(.statementEnd, "'%}'")
  }

  private mutating func parseIf(_ place: TemplatePlace) throws(TemplateError) -> TemplateNode {
    var branches: [(condition: TemplateExpression, body: [TemplateNode])] = []
    while true {
      let condition = try parseTuple()
      try endStatement()
      let body = try parseNodes(until: ["elif", "else", "endif"], opening: place)
      branches.append((condition, body))
      if takeName("elif") { continue }
      var otherwise: [TemplateNode] = []
      if takeName("else") {
        try endStatement()
        otherwise = try parseNodes(until: ["endif"], opening: place)
      }
      advance()
      try endStatement()
      return .conditional(branches, else: otherwise)
    }
  }

  /// Runs the parser on a macro's body, which stands outside of all loops.
  mutating func parsedApart(
    _ parse: (inout TemplateParser) throws(TemplateError) -> [TemplateNode]
  ) throws(TemplateError) -> (body: [TemplateNode], uses: Set<String>) {
    let outside = (loops, specialNames)
    (loops, specialNames) = (0, [])
    defer { (loops, specialNames) = outside }
    let body = try parse(&self)
    return (body, specialNames)
  }

  mutating func mention(_ name: String) {
    if ["caller", "kwargs", "varargs"].contains(name) { specialNames.insert(name) }
  }

  /// Statements of a loop.
  mutating func parseTurns(
    _ place: TemplatePlace
  ) throws(TemplateError) -> [TemplateNode] {
    loops += 1
    defer { loops -= 1 }
    return try parseNodes(until: ["else", "endfor"], opening: place)
  }
}
