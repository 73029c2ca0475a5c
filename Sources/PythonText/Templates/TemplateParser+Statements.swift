import Formats

/// Loops, assignments, macros and blocks.
extension TemplateParser {
  mutating func parseFor(_ place: TemplatePlace) throws(TemplateError) -> TemplateNode {
    let target = try parseTarget(mayBeAttribute: false)
    guard takeName("in") else { throw unexpected("'in'") }
    let items = try parseTuple(withConditional: false)
    let condition = takeName("if") ? try parseExpression() : nil
    let isRecursive = takeName("recursive")
    try endStatement()
    let body = try parseTurns(place)
    var otherwise: [TemplateNode] = []
    if takeName("else") {
      try endStatement()
      otherwise = try parseNodes(until: ["endfor"], opening: place)
    }
    advance()
    try endStatement()
    return .loop(
      TemplateLoop(
        target: target, items: items, condition: condition, isRecursive: isRecursive, body: body,
        otherwise: otherwise))
  }

  mutating func parseSet(_ place: TemplatePlace) throws(TemplateError) -> TemplateNode {
    let target = try parseTarget(mayBeAttribute: true)
    if take("=") {
      let value = try parseTuple()
      try endStatement()
      return .set(target, value)
    }
    if case .several = target { throw unexpected("'='") }
    let text = isAt("|") ? try parseFilterChain(place) : try TemplateExpression(.body, place)
    return .setBlock(target, text: text, try parseBody(endingWith: "endset", place))
  }

  mutating func parseMacro(_ place: TemplatePlace) throws(TemplateError) -> TemplateNode {
    var macro = TemplateMacro(name: try expectName())
    macro.parameters = try parseParameters()
    (macro.body, macro.uses) = try parsedApart { parser throws(TemplateError) in
      try parser.parseBody(endingWith: "endmacro", place)
    }
    return .macro(macro)
  }

  /// `{% call(item) macro(argument) %}`
  mutating func parseCallBlock(_ place: TemplatePlace) throws(TemplateError) -> TemplateNode {
    var caller = TemplateMacro(name: "caller")
    if isAt("(") { caller.parameters = try parseParameters() }
    let callPlace = current.place
    let expression = try parseExpression()
    guard case .call(let callee, let arguments) = expression.kind else {
      throw .syntax(callPlace, "a 'call' block needs a call: '{% call macro() %}'")
    }
    (caller.body, caller.uses) = try parsedApart { parser throws(TemplateError) in
      try parser.parseBody(endingWith: "endcall", place)
    }
    return .call(callee, arguments, caller: caller)
  }

  mutating func parseWith(_ place: TemplatePlace) throws(TemplateError) -> TemplateNode {
    var assignments: [(target: TemplateTarget, value: TemplateExpression)] = []
    while current.kind != .statementEnd {
      if !assignments.isEmpty { try expect(",") }
      let target = try parseTarget(mayBeAttribute: false, mayBeSeveral: false)
      try expect("=")
      assignments.append((target, try parseExpression()))
    }
    return .with(assignments, try parseBody(endingWith: "endwith", place))
  }

  private mutating func parseParameters()
    throws(TemplateError) -> [(name: String, missing: TemplateExpression?)]
  {
    var parameters: [(name: String, missing: TemplateExpression?)] = []
    try expect("(")
    while !take(")") {
      if !parameters.isEmpty { try expect(",") }
      let name = try expectName()
      parameters.append((name, take("=") ? try parseExpression() : nil))
    }
    return parameters
  }

  /// A name, `namespace.name`, or several that take a sequence apart.
  private mutating func parseTarget(
    mayBeAttribute: Bool, mayBeSeveral: Bool = true
  ) throws(TemplateError) -> TemplateTarget {
    var targets = [try parseOneTarget(mayBeAttribute: mayBeAttribute)]
    let first = targets[0]
    guard mayBeSeveral, isAt(",") else { return first }
    while take(",") {
      if isAtName("in") || isAt("=") { break }
      targets.append(try parseOneTarget(mayBeAttribute: false))
    }
    return .several(targets)
  }

  private mutating func parseOneTarget(
    mayBeAttribute: Bool
  ) throws(TemplateError) -> TemplateTarget {
    if take("(") {
      let inner = try nested { parser throws(TemplateError) in
        try parser.parseTarget(mayBeAttribute: false)
      }
      try expect(")")
      return inner
    }
    let place = current.place
    let name = try expectName()
    if mayBeAttribute, take(".") { return .attribute(name, try expectName()) }
    if ["true", "false", "none", "True", "False", "None"].contains(name) {
      throw .syntax(place, "'\(name)' cannot be assigned to")
    }
    return .name(name)
  }
}
