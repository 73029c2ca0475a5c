/// Turns tokens into statements and expressions: Jinja's grammar, by recursive descent.
struct TemplateParser {
  private let tokens: [TemplateToken]
  private var position = 0
  private var nesting = 0
  /// Loops around the current statement.
  private var loops = 0
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
    case .string(let text): TemplateValue.quoted(text)
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
  private mutating func parseNodes(
    until ends: [String], opening: TemplatePlace?
  ) throws(TemplateError) -> [TemplateNode] {
    var nodes: [TemplateNode] = []
    while true {
      switch current.kind {
      case .text(let text):
        advance()
        nodes.append(.text(text))
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
    case "break", "continue":
      guard loops > 0 else { throw .syntax(place, "'\(name)' stands outside of a loop") }
      try endStatement()
      return name == "break" ? .leaveLoop : .nextTurn
    case "generation":
      try endStatement()
      let body = try parseNodes(until: ["endgeneration"], opening: place)
      advance()
      try endStatement()
      return .conditional([], else: body)
    default:
      throw .syntax(
        place,
        "unknown statement '\(name)'; known statements: break, continue, for, generation, if, "
          + "macro, raw, set")
    }
  }

  private mutating func endStatement() throws(TemplateError) {
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

  private mutating func parseFor(_ place: TemplatePlace) throws(TemplateError) -> TemplateNode {
    let targets = try parseTargets()
    guard takeName("in") else { throw unexpected("'in'") }
    let items = try parseTuple(withConditional: false)
    let condition = takeName("if") ? try parseExpression() : nil
    try endStatement()
    loops += 1
    let body = try parseNodes(until: ["else", "endfor"], opening: place)
    loops -= 1
    var otherwise: [TemplateNode] = []
    if takeName("else") {
      try endStatement()
      otherwise = try parseNodes(until: ["endfor"], opening: place)
    }
    advance()
    try endStatement()
    return .loop(
      TemplateLoop(
        targets: targets, items: items, condition: condition, body: body, otherwise: otherwise))
  }

  private mutating func parseSet(_ place: TemplatePlace) throws(TemplateError) -> TemplateNode {
    let targets = try parseTargets()
    if targets.count == 1, take(".") {
      let name = try expectName()
      try expect("=")
      let value = try parseTuple()
      try endStatement()
      return .setAttribute(namespace: targets[0], name: name, value)
    }
    if take("=") {
      let value = try parseTuple()
      try endStatement()
      return .set(targets, value)
    }
    guard targets.count == 1 else { throw unexpected("'='") }
    try endStatement()
    let body = try parseNodes(until: ["endset"], opening: place)
    advance()
    try endStatement()
    return .setBlock(targets[0], body)
  }

  private mutating func parseMacro(_ place: TemplatePlace) throws(TemplateError) -> TemplateNode {
    var macro = TemplateMacro(name: try expectName(), parameters: [], body: [])
    try expect("(")
    while !take(")") {
      if !macro.parameters.isEmpty { try expect(",") }
      let name = try expectName()
      macro.parameters.append((name, take("=") ? try parseExpression() : nil))
    }
    try endStatement()
    let outside = loops
    loops = 0
    macro.body = try parseNodes(until: ["endmacro"], opening: place)
    loops = outside
    advance()
    try endStatement()
    return .macro(macro)
  }

  /// One name, or several that take a sequence apart.
  private mutating func parseTargets() throws(TemplateError) -> [String] {
    let parenthesised = take("(")
    var names = [try expectName()]
    while take(",") { names.append(try expectName()) }
    if parenthesised { try expect(")") }
    return names
  }
}
