import Formats

extension TemplateParser {
  private typealias Expression = TemplateExpression

  /// An expression, or several separated by commas, which make a tuple.
  mutating func parseTuple(
    withConditional: Bool = true
  ) throws(TemplateError) -> TemplateExpression {
    let place = current.place
    let first = withConditional ? try parseExpression() : try parseOr()
    guard isAt(",") else { return first }
    var items = [first]
    while take(",") {
      switch current.kind {
      case .outputEnd, .statementEnd, .end, .symbol(")"), .name("if"): break
      default:
        items.append(withConditional ? try parseExpression() : try parseOr())
        continue
      }
      break
    }
    return try Expression(.tuple(items), place, children: items)
  }

  /// `a if condition else b`
  mutating func parseExpression() throws(TemplateError) -> TemplateExpression {
    try nested { parser throws(TemplateError) in try parser.parseConditional() }
  }

  private mutating func parseConditional() throws(TemplateError) -> TemplateExpression {
    let place = current.place
    var result = try parseOr()
    while takeName("if") {
      let condition = try parseOr()
      let otherwise = takeName("else") ? try parseExpression() : nil
      result = try Expression(
        .conditional(condition: condition, then: result, else: otherwise), place,
        children: [condition, result] + (otherwise.map { [$0] } ?? []))
    }
    return result
  }

  private mutating func parseOr() throws(TemplateError) -> TemplateExpression {
    let place = current.place
    var left = try parseAnd()
    while takeName("or") {
      let right = try parseAnd()
      left = try Expression(.or(left, right), place, children: [left, right])
    }
    return left
  }

  private mutating func parseAnd() throws(TemplateError) -> TemplateExpression {
    let place = current.place
    var left = try parseNot()
    while takeName("and") {
      let right = try parseNot()
      left = try Expression(.and(left, right), place, children: [left, right])
    }
    return left
  }

  private mutating func parseNot() throws(TemplateError) -> TemplateExpression {
    let place = current.place
    guard takeName("not") else { return try parseComparison() }
    let operand = try nested { parser throws(TemplateError) in try parser.parseNot() }
    return try Expression(.not(operand), place, children: [operand])
  }

  private mutating func parseComparison() throws(TemplateError) -> TemplateExpression {
    let place = current.place
    let left = try parseSum()
    var links: [(operation: String, right: TemplateExpression)] = []
    while let operation = takeComparison() {
      links.append((operation, try parseSum()))
    }
    guard !links.isEmpty else { return left }
    return try Expression(
      .comparison(left, links), place, children: [left] + links.map(\.right))
  }

  private mutating func takeComparison() -> String? {
    switch current.kind {
    case .symbol(let symbol) where ["==", "!=", "<", "<=", ">", ">="].contains(symbol):
      advance()
      return symbol
    case .name("in"):
      advance()
      return "in"
    case .name("not") where following.kind == .name("in"):
      advance()
      advance()
      return "not in"
    default: return nil
    }
  }

  private mutating func parseSum() throws(TemplateError) -> TemplateExpression {
    var left = try parseConcatenation()
    while isAt("+") || isAt("-") {
      let (operation, place) = takeSymbol()
      let right = try parseConcatenation()
      left = try Expression(.binary(operation, left, right), place, children: [left, right])
    }
    return left
  }

  private mutating func parseConcatenation() throws(TemplateError) -> TemplateExpression {
    let place = current.place
    var parts = [try parseProduct()]
    while take("~") { parts.append(try parseProduct()) }
    return parts.count == 1
      ? parts[0] : try Expression(.concatenation(parts), place, children: parts)
  }

  private mutating func parseProduct() throws(TemplateError) -> TemplateExpression {
    var left = try parsePower()
    while isAt("*") || isAt("/") || isAt("//") || isAt("%") {
      let (operation, place) = takeSymbol()
      let right = try parsePower()
      left = try Expression(.binary(operation, left, right), place, children: [left, right])
    }
    return left
  }

  private mutating func parsePower() throws(TemplateError) -> TemplateExpression {
    var left = try parseUnary()
    while isAt("**") {
      let (operation, place) = takeSymbol()
      let right = try parseUnary()
      left = try Expression(.binary(operation, left, right), place, children: [left, right])
    }
    return left
  }

  private mutating func takeSymbol() -> (String, TemplatePlace) {
    let token = advance()
    guard case .symbol(let symbol) = token.kind else {
      preconditionFailure("the caller has looked")
    }
    return (symbol, token.place)
  }

  private mutating func parseUnary(
    withFilters: Bool = true
  ) throws(TemplateError) -> TemplateExpression {
    var result: TemplateExpression
    if isAt("-") || isAt("+") {
      let (operation, place) = takeSymbol()
      let operand = try nested { parser throws(TemplateError) in
        try parser.parseUnary(withFilters: false)
      }
      result = try Expression(.unary(operation, operand), place, children: [operand])
    } else {
      result = try parsePrimary()
    }
    result = try parsePostfix(result)
    return withFilters ? try parseFiltersAndTests(result) : result
  }

  mutating func parsePrimary() throws(TemplateError) -> TemplateExpression {
    let token = current
    switch token.kind {
    case .name(let name):
      advance()
      mention(name)
      return try Expression(Self.constants[name].map { .constant($0) } ?? .name(name), token.place)
    case .string:
      var text = ""
      while case .string(let part) = current.kind {
        text += part
        advance()
      }
      return try Expression(.constant(.string(text)), token.place)
    case .integer(let value):
      advance()
      return try Expression(.constant(.integer(value)), token.place)
    case .float(let value):
      advance()
      return try Expression(.constant(.float(value)), token.place)
    case .symbol("("):
      advance()
      if take(")") { return try Expression(.tuple([]), token.place) }
      let inner = try parseTuple()
      try expect(")")
      return inner
    case .symbol("["):
      advance()
      let items = try parseItems(closing: "]")
      return try Expression(.list(items), token.place, children: items)
    case .symbol("{"):
      advance()
      return try parseMapping(token.place)
    default: throw unexpected("an expression")
    }
  }

  private static let constants: [String: Value] = [
    "true": .bool(true), "True": .bool(true), "false": .bool(false), "False": .bool(false),
    "none": .none, "None": .none,
  ]

  private mutating func parseItems(
    closing: String
  ) throws(TemplateError) -> [TemplateExpression] {
    var items: [TemplateExpression] = []
    while !take(closing) {
      if !items.isEmpty {
        try expect(",")
        if take(closing) { break }
      }
      items.append(try parseExpression())
    }
    return items
  }

  private mutating func parseMapping(
    _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateExpression {
    var pairs: [(key: TemplateExpression, value: TemplateExpression)] = []
    while !take("}") {
      if !pairs.isEmpty {
        try expect(",")
        if take("}") { break }
      }
      let key = try parseExpression()
      try expect(":")
      pairs.append((key, try parseExpression()))
    }
    return try Expression(
      .mapping(pairs), place, children: pairs.map(\.key) + pairs.map(\.value))
  }
}
